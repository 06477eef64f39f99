#include "core/upper/store.hpp"
