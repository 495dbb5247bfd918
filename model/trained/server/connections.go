package server

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections are those that a server has accepted.
type connections struct {
	mutex sync.Mutex
	all   map[net.Conn]connection
}

// connection is what one does, and since when.
type connection struct {
	state http.ConnState
	since time.Time
}

// changed is told of each change, see http.Server.ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(c.all, conn)
		return
	}
	c.all[conn] = connection{state, time.Now()}
}

// What a wait for connections goes by.
const (
	// firstByte is how long a client has for its first byte where the server is about to end: some open connections
	// beforehand.
	firstByte = time.Second
	pollEvery = 5 * time.Millisecond
)

// wait waits until no request is under way and none is to be expected on a new connection. It tells whether that came
// before ctx ended.
func (c *connections) wait(ctx context.Context) bool {
	for !c.quiet() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pollEvery):
		}
	}
	return true
}

// quiet tells whether all connections are idle. It closes those on which nothing comes.
func (c *connections) quiet() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	all := true
	for conn, is := range c.all {
		switch {
		case is.state == http.StateIdle:
		case is.state == http.StateNew && time.Since(is.since) > firstByte:
			_ = conn.Close() // Its state changes in a moment.
			all = false
		default:
			all = false
		}
	}
	return all
}
