#include "core/upper/store.hpp"
#include "store.hpp"
#include <boost/regex.hpp>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <vector>
