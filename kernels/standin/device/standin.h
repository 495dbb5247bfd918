// The CUDA language for a C++ compiler. It is put in front of every .cu file
// that the stand-in driver runs, so that kernels need not know about it.
#pragma once
#include "language.h"
#include "vectors.h"
#include "intrinsics.h"
#include "warp.h"
#include "matrix.h"
