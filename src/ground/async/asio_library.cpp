// Asio's own code (BOOST_ASIO_SEPARATE_COMPILATION): compiled here and nowhere else.
#include <boost/asio/impl/src.hpp>
