package server

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics count what the server does, in Prometheus' form.
type metrics struct {
	registry *prometheus.Registry
	underWay atomic.Int64
	total    atomic.Int64 // answered

	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	batch    prometheus.Histogram
	rows     *prometheus.CounterVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ssdgm_http_requests_total", Help: "Requests that were answered, by route and status.",
		}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ssdgm_http_request_duration_seconds", Help: "Time from a request's header to the end of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16),
		}, []string{"route"}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ssdgm_batch_rows", Help: "Rows that were computed at once.", Buckets: prometheus.ExponentialBuckets(1, 2, 13),
		}),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ssdgm_rows_total", Help: "Rows that were computed, by what was asked of them.",
		}, []string{"answer"}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	m.registry.MustRegister(m.requests, m.seconds, m.batch, m.rows,
		gauge("ssdgm_http_requests_in_flight", "Requests under way.", func() float64 { return float64(m.underWay.Load()) }),
		gauge("ssdgm_queue_rows", "Rows that wait to be computed.", func() float64 { return float64(s.waiting.Load()) }),
		gauge("ssdgm_queue_rows_limit", "Rows that may wait.", func() float64 { return float64(s.most) }),
		gauge("ssdgm_body_bytes", "Bytes that bodies being read take.",
			func() float64 { return float64(s.bodies.held.Load()) }),
		gauge("ssdgm_answer_bytes", "Bytes that answers being computed or sent take, about.",
			func() float64 { return float64(s.answers.held.Load()) }),
		gauge("ssdgm_ready", "1 where requests may be sent here, 0 where not.", func() float64 {
			if s.ready() != nil {
				return 0
			}
			return 1
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "ssdgm_build_info", Help: "The program.", ConstLabels: prometheus.Labels{"version": s.o.Version},
		}, func() float64 { return 1 }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// answered counts a request.
func (m *metrics) answered(route string, status int, took time.Duration) {
	m.total.Add(1)
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// computed counts the rows of a batch.
func (m *metrics) computed(jobs []*job) {
	all := 0
	for _, j := range jobs {
		all += j.n
		for answer, asked := range map[string]bool{
			"probabilities": j.wants.probabilities, "usual": j.wants.bounds, "latents": j.wants.latents, "drawn": j.draw != nil,
		} {
			if asked {
				m.rows.WithLabelValues(answer).Add(float64(j.n))
			}
		}
	}
	if all > 0 {
		m.batch.Observe(float64(all))
	}
}
