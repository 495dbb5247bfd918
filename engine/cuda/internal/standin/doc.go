// Package standin reaches the driver that stands in for NVIDIA's in tests, where
// this process has been linked with it: its settings and its counters of calls.
package standin
