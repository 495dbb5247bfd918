package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"ssdgm/train/data"
	"ssdgm/train/data/idx"
)

// download brings the rest of an address's bytes to part, which may hold the first of
// them already; resumed tells whether it did.
func (g *getter) download(ctx context.Context, address string, f file, part string) (resumed bool, err error) {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return false, &localError{err}
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return false, &localError{err}
	}
	if have > f.Size {
		have = 0
	}
	if have == f.Size {
		g.progress.Begin(f.Name, have, f.Size)
	} else if have, err = g.receive(ctx, address, f, out, have); err != nil {
		return have > 0, fmt.Errorf("%s: %w", address, err)
	}
	if err := out.Sync(); err != nil {
		return false, &localError{err}
	}
	return have > 0, nil
}

// receive asks for the bytes from have on and writes them. It returns from where
// the mirror did send: 0 where it does not know ranges.
func (g *getter) receive(ctx context.Context, address string, f file, out *os.File, have int64) (from int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(g.stall, func() { cancel(fmt.Errorf("nothing arrived for %v", g.stall)) })
	defer watch.Stop()
	response, err := g.request(ctx, address, have)
	if err != nil {
		return have, causeOf(ctx, err)
	}
	defer response.Body.Close()
	from, err = startOf(response, f, have)
	if err != nil {
		return have, err
	}
	if err := out.Truncate(from); err != nil {
		return have, &localError{err}
	}
	if _, err := out.Seek(from, io.SeekStart); err != nil {
		return have, &localError{err}
	}
	g.progress.Begin(f.Name, from, f.Size)
	arrived, err := g.copyBody(out, response.Body, f.Size-from, watch)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return from, fmt.Errorf("the connection ended after %d of %d bytes", from+arrived, f.Size)
	}
	return from, causeOf(ctx, err)
}

func (g *getter) request(ctx context.Context, address string, have int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &lastingError{err}
	}
	// The .gz itself is wanted, not what a helpful transport would unpack.
	request.Header.Set("Accept-Encoding", "identity")
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := g.client.Do(request)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return nil, &lastingError{dial}
	}
	if wrapped := new(url.Error); errors.As(err, &wrapped) {
		return nil, wrapped.Err // without the address, which the caller names
	}
	return response, err
}

// startOf returns the place in the file of the response's first byte.
func startOf(response *http.Response, f file, have int64) (int64, error) {
	switch status := response.StatusCode; {
	case status == http.StatusOK:
		if response.ContentLength >= 0 && response.ContentLength != f.Size {
			return 0, &lastingError{fmt.Errorf("wanted a file of %d bytes, found one of %d", f.Size, response.ContentLength)}
		}
		return 0, nil
	case status == http.StatusPartialContent && have > 0:
		want := fmt.Sprintf("bytes %d-%d/%d", have, f.Size-1, f.Size)
		if found := response.Header.Get("Content-Range"); found != want {
			return 0, &lastingError{fmt.Errorf("wanted the range %q, found %q", want, found)}
		}
		return have, nil
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests:
		return 0, &lastingError{fmt.Errorf("the mirror answers %s", response.Status)}
	}
	return 0, fmt.Errorf("the mirror answers %s", response.Status)
}

// copyBody writes exactly n bytes and puts off the watch with each that arrive.
func (g *getter) copyBody(out io.Writer, body io.Reader, n int64, watch *time.Timer) (arrived int64, err error) {
	buffer := make([]byte, 1<<16)
	for arrived < n {
		count, readErr := body.Read(buffer[:min(int64(len(buffer)), n-arrived)])
		if count > 0 {
			watch.Reset(g.stall)
			if _, err := out.Write(buffer[:count]); err != nil {
				return arrived, &localError{err}
			}
			arrived += int64(count)
			g.progress.Advance(int64(count))
		}
		if readErr != nil && arrived < n {
			return arrived, readErr
		}
	}
	return arrived, nil
}

// causeOf prefers the reason for which a request was given up.
func causeOf(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// copy brings a file from a folder, either the data set's own or the one above it.
func (g *getter) copy(folder string, f file, part string) error {
	path, err := idx.Find(folder, f.Name)
	if err != nil {
		above := err
		if path, err = idx.Find(filepath.Join(folder, filepath.Base(g.folder)), f.Name); err != nil {
			return &lastingError{data.InputErrorf("%w", above)}
		}
	}
	if err := f.verify(path); err != nil {
		return &lastingError{data.InputErrorf("%w", err)}
	}
	in, err := os.Open(path)
	if err != nil {
		return &lastingError{err}
	}
	defer in.Close()
	out, err := os.Create(part)
	if err != nil {
		return &localError{err}
	}
	defer out.Close()
	info, err := in.Stat()
	if err != nil {
		return &lastingError{err}
	}
	g.progress.Begin(f.Name, 0, info.Size())
	if _, err := io.Copy(out, in); err != nil {
		return &localError{err}
	}
	g.progress.Advance(info.Size())
	if err := out.Sync(); err != nil {
		return &localError{err}
	}
	return nil
}
