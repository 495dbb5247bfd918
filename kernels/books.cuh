// What keep_books is asked for.
#pragma once
#include "grid_total.cuh"

struct Check {
  Array<const float> values;
  int64_t n, site;
};

struct Checks {
  Check a, b, c, d, e, f;
};

struct Sum {
  Array<double> sum;
  Array<const float> x, weight;
  int64_t n;
};

struct Sums {
  Sum a, b, c, d, e, f, g, h;
};
