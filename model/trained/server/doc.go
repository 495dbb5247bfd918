// Package server answers HTTP requests with a trained model: plain JSON below /v1, and the open inference protocol,
// version 2, as KServe and Triton speak it, below /v2, with its binary tensors.
//
// A request travels so: its body is read whole, within the limits of Options; its rows are checked as the model takes
// them, so that none can hurt those that it is computed with; they wait in the queue, and a worker computes what waits
// as one batch. A row's answer does not depend, beyond rounding, on those beside it. Nothing that a request says is
// written anywhere: there are no logs of requests, no files and no commands.
package server
