package terraform

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// pipeEphemeral hands values of ephemeral variables to one terraform command
// through a named pipe: they are never in a file, and not on the command line,
// where every user of the machine sees them. The pipe is readable by its owner
// only. stop is called when the command has ended.
func pipeEphemeral(dataDir string, values map[string]any) (file string, stop func() error, err error) {
	content, err := json.Marshal(values)
	if err != nil {
		return "", nil, fmt.Errorf("encode the values of ephemeral variables: %w", err)
	}
	dir, err := os.MkdirTemp(dataDir, "ephemeral-*")
	if err != nil {
		return "", nil, fmt.Errorf("make a pipe for ephemeral variables: %w", err)
	}
	file = filepath.Join(dir, "ephemeral.tfvars.json")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		return "", nil, errors.Join(fmt.Errorf("make a pipe for ephemeral variables: %w", err), os.RemoveAll(dir))
	}
	p := pipe{file: file, content: content, ended: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.serve()
	}()
	return file, func() error {
		close(p.ended)
		// A reader wakes the writer that waits for one.
		reader, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			<-done
			err = reader.Close()
		}
		return errors.Join(err, os.RemoveAll(dir))
	}, nil
}

// pipe writes the same content to everyone who opens it, until it is ended. Each
// reader gets a pipe of its own, or one that is slow to leave would read on into
// what is meant for the next.
type pipe struct {
	file    string
	content []byte
	ended   chan struct{}
}

func (p *pipe) serve() {
	for {
		// Opening blocks until somebody reads, be it release.
		w, err := os.OpenFile(p.file, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		select {
		case <-p.ended:
			_ = w.Close() // nothing was written
			return
		default:
		}
		next := p.file + ".next"
		if syscall.Mkfifo(next, 0o600) != nil || os.Rename(next, p.file) != nil {
			_ = w.Close() // the reader finds nothing and says so
			return
		}
		// A reader that goes before the end has its own trouble to report.
		_, _ = w.Write(p.content)
		_ = w.Close()
	}
}
