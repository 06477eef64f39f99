#include "ground/lower/reaches_up.hpp"
#include <sqlite3.h>
