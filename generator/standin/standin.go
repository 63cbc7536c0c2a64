// Package standin is a Terraform provider that answers as
// registry.terraform.io/hashicorp/aws for the resource types that the modules
// use. It is served inside the calling process and behaves as the registry
// provider does: same attributes, ids, replacement rules, normalisation and reads.
//
// It speaks AWS to whatever loopback endpoint it is configured with and refuses
// every other. It must not know environments, components or the local cloud.
package standin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// Address is the provider that the stand-in answers for.
const Address = "registry.terraform.io/hashicorp/aws"

// Options sets up a [Server]. The zero value is usable.
//
// The plugin SDK writes debug lines of its own with the standard log package. A
// program that serves the provider decides about them with log.SetOutput.
type Options struct {
	// Logger gets a line for each operation on a resource; nil means none.
	Logger *slog.Logger
	// Environ holds the AWS_* variables that the provider configuration falls
	// back to, so that one process can work with several clouds. Nil means the
	// environment of this process.
	Environ map[string]string
	// Dir is the folder that Terraform runs in. The configuration's relative paths
	// are meant from there; empty means the working directory of this process.
	Dir string
	// Connections are shared with other servers and closed by whoever made them; nil
	// lets each provider have its own.
	Connections *Connections
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}

func (o Options) getenv(name string) string {
	if o.Environ == nil {
		return os.Getenv(name)
	}
	return o.Environ[name]
}

// Server is the provider, listening. Each connection gets a provider of its own,
// as a process of its own is what Terraform starts for each configured provider:
// aliases do not see each other's configuration.
type Server struct {
	options  Options
	dir      string
	listener net.Listener
	running  sync.WaitGroup
	cancel   context.CancelFunc
	closed   chan struct{}
	result   error // valid after closed
}

// Serve starts listening and returns when Terraform can attach. It goes on until
// [Server.Close], or until ctx ends.
func Serve(ctx context.Context, options Options) (*Server, error) {
	// A private directory, because the socket takes orders from whoever reaches it.
	dir, err := os.MkdirTemp("", "standin")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the provider's socket: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", filepath.Join(dir, "socket"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for Terraform: %w", err), os.RemoveAll(dir))
	}
	ctx, cancel := context.WithCancel(ctx)
	server := &Server{options: options, dir: dir, listener: listener, cancel: cancel, closed: make(chan struct{})}
	server.running.Go(func() { server.accept(ctx) })
	context.AfterFunc(ctx, server.shutDown)
	return server, nil
}

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if ctx.Err() == nil {
				s.options.logger().ErrorContext(ctx, "no longer listening for Terraform", "error", err)
			}
			return
		}
		s.running.Go(func() { serveConn(ctx, conn, s.options) })
	}
}

func (s *Server) shutDown() {
	defer close(s.closed)
	err := s.listener.Close()
	s.running.Wait()
	s.result = errors.Join(err, os.RemoveAll(s.dir))
}

// Reattach is what terraform-exec needs to use the server.
func (s *Server) Reattach() tfexec.ReattachInfo {
	address := s.listener.Addr()
	return tfexec.ReattachInfo{Address: {
		Protocol:        "grpc",
		ProtocolVersion: 5,
		Pid:             os.Getpid(),
		// Otherwise Terraform's first command shuts the server down.
		Test: true,
		Addr: tfexec.ReattachConfigAddr{Network: address.Network(), String: address.String()},
	}}
}

// Close ends the server and everything that it still does, and returns when all
// of it is gone. It may be called more than once.
func (s *Server) Close() error {
	s.cancel()
	<-s.closed
	return s.result
}
