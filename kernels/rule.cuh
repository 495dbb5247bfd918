// engine.Rule: the gradient rules.
#pragma once

enum { SGD, ADAGRAD, RMSPROP, ADAM };
