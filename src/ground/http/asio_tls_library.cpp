// Asio's TLS code (BOOST_ASIO_SEPARATE_COMPILATION): compiled here and nowhere else.
#include <boost/asio/ssl/impl/src.hpp>
