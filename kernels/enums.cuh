// Code generated from package engine by go generate ./kernels. DO NOT EDIT.
#pragma once
#include <stdint.h>

enum Activation : int64_t {
  IDENTITY,
  SOFTPLUS,
  RELU,
  TANH,
  GELU,
  SILU,
};

enum Binarise : int64_t {
  BINARISE_NONE,
  BINARISE_FIXED,
  BINARISE_RESAMPLE,
};

enum Decay : int64_t {
  DECAY_NONE,
  DECAY_COSINE,
  DECAY_STEPS,
};

enum Rule : int64_t {
  SGD,
  ADAGRAD,
  RMSPROP,
  ADAM,
};

enum Fault : int64_t {
  FAULT_STEP,
  FAULT_SITE,
  FAULT_ELEMENT,
  FAULT_LEN,
};

enum Scalar : int64_t {
  SCALAR_RATE,
  SCALAR_KL_WEIGHT,
  SCALAR_STEP_SIZE,
  SCALAR_EPSILON,
  SCALAR_AVERAGE,
  SCALAR_LEN,
};

enum Site : int64_t {
  SITE_GRADIENT = 1,
  SITE_ROWS,
};
