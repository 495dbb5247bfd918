package server

import "github.com/spf13/pflag"

// AddFlags has a command line change the limits. Check names them by their flags.
func (o *Options) AddFlags(f *pflag.FlagSet) {
	f.IntVar(&o.BatchRows, "batch-rows", o.BatchRows, "`rows` that are computed at once")
	f.DurationVar(&o.BatchDelay, "batch-delay", o.BatchDelay,
		"`time` that a batch waits for requests that are being read")
	f.IntVar(&o.QueueRows, "queue-rows", o.QueueRows, "`rows` that wait at most")
	f.IntVar(&o.RequestRows, "request-rows", o.RequestRows, "`rows` of a request at most")
	f.Int64Var(&o.RequestBytes, "request-bytes", o.RequestBytes, "`bytes` of a request's body at most")
	f.Int64Var(&o.BodiesBytes, "bodies-bytes", o.BodiesBytes, "`bytes` of all bodies that are being read at most")
	f.Int64Var(&o.AnswersBytes, "answers-bytes", o.AnswersBytes, "`bytes` of all answers that are computed or sent at most")
	f.DurationVar(&o.Timeout, "timeout", o.Timeout, "`time` for an answer")
	f.DurationVar(&o.ReadTimeout, "read-timeout", o.ReadTimeout, "`time` for a request to arrive")
	f.DurationVar(&o.IdleTimeout, "idle-timeout", o.IdleTimeout, "`time` that a connection may be idle")
	f.DurationVar(&o.Linger, "linger", o.Linger,
		"`time` from a request to stop, when it is no longer ready, to when it takes no more")
	f.DurationVar(&o.Drain, "drain", o.Drain, "`time` that it then waits for answers under way")
}
