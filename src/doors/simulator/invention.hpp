#pragma once
// A JSON value that fits a shape, made of what a message offers. The same draws make the same value.

#include <string>
#include <string_view>

#include "doors/simulator/draw.hpp"
#include "doors/simulator/prose.hpp"
#include "doors/simulator/shape.hpp"

namespace batchd::simulator {

// Appends to `out`.
void invent(const Shape& shape, const Prose& prose, Draw& draw, std::string& out);
// One that does not fit, where the shape leaves room for that; else one that fits.
void invent_mismatch(const Shape& shape, const Prose& prose, Draw& draw, std::string& out);

}  // namespace batchd::simulator
