# A house of two rooms in which the lower one breaks every rule and the upper one none: the layers test must say so.
set(ROOMS lower upper)
set(ROOM_lower_PATH ground/lower)
set(ROOM_upper_PATH core/upper)
set(ROOM_upper_MAY_USE lower)
set(ROOM_upper_THIRD_PARTY sqlite3.h)
