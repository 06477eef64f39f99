// Beast's own code (BOOST_BEAST_SEPARATE_COMPILATION): compiled here and nowhere else.
#include <boost/beast/src.hpp>
