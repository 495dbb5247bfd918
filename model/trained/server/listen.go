package server

import (
	"errors"
	"fmt"
	"net"

	"ssdgm/model/trained/format"
)

// Listen listens to an address, HOST:PORT. Its error is trained.ErrInput. note is told where others than this machine
// reach it.
func Listen(address string, note func(line string)) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		var why *net.OpError
		if errors.As(err, &why) {
			err = why.Err
		}
		return nil, format.Errorf("--listen %.80q: %w; choose another address, as in --listen 127.0.0.1:0", address, err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		note(fmt.Sprintf("--listen %s: whoever reaches this address may use the model: there is no authentication", address))
	}
	return l, nil
}
