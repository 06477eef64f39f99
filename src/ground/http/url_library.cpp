// Boost.URL's own code: compiled here and nowhere else, so that its built library is not needed.
#include <boost/url/src.hpp>
