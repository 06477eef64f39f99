#pragma once
// Task<T> is Asio's awaitable on the loop's executor. Nobody above http names Asio: they co_await Tasks.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace batchd::async {

template <typename T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace batchd::async
