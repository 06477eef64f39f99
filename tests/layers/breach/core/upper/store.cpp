#include <fmt/format.h>
#include "ground/lower/reaches_up.hpp"
