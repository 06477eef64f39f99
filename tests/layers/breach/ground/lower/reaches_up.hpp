#include "core/upper/store.hpp"
#include <sqlite3.h>
#include <vector>
