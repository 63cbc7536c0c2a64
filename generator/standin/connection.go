package standin

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	testing "github.com/mitchellh/go-testing-interface"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxMessage is the size in bytes that Terraform itself allows for a message.
const maxMessage = 256 << 20

// serveConn answers one connection of Terraform until it ends or ctx does, and
// returns when nothing of it runs any more.
//
// It serves gRPC itself instead of through go-plugin, whose test mode knows one
// provider for all connections and keeps four pipes and two goroutines for every
// instance that was ever served. Terraform takes a provider without go-plugin's
// own services for an older plugin.
func serveConn(ctx context.Context, conn net.Conn, options Options) {
	defer func() { _ = conn.Close() }() // for a server that stops before it takes the connection
	logger := options.logger()
	provider := newProvider(options)
	defer provider.stop()
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxSendMsgSize(maxMessage),
		grpc.WaitForHandlers(true),
		grpc.UnaryInterceptor(recovered(logger)),
	)
	plugin := &tf5server.GRPCProviderPlugin{
		Name:         Address,
		GRPCProvider: func() tfprotov5.ProviderServer { return provider.schema.GRPCProvider() },
		// The SDK writes some hundred trace lines to standard error for each Terraform
		// command. A logging sink, which follows TF_LOG as Terraform's own does, is
		// the only option against it that is no environment variable.
		Opts: []tf5server.ServeOpt{tf5server.WithLoggingSink(&testing.RuntimeT{})},
	}
	if err := plugin.GRPCServer(nil, server); err != nil {
		logger.ErrorContext(ctx, "register the provider", "error", err)
		return
	}
	stopped := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(stopped)
		_ = conn.Close() // or Stop would wait for a client that says nothing
		server.Stop()
	})
	if err := server.Serve(newOneConn(conn)); err != nil && !errors.Is(err, net.ErrClosed) {
		logger.ErrorContext(ctx, "serve Terraform", "error", err)
	}
	if cancel() {
		server.Stop()
		return
	}
	<-stopped
}

// recovered keeps a mistake in one call from ending the program that serves the
// provider.
func recovered(logger *slog.Logger) grpc.UnaryServerInterceptor {
	return func(
		ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
	) (answer any, err error) {
		defer func() {
			if problem := recover(); problem != nil {
				logger.ErrorContext(ctx, "panic", "method", info.FullMethod, "problem", problem, "stack", string(debug.Stack()))
				err = status.Errorf(codes.Internal, "the stand-in provider has a mistake in %s: %v", info.FullMethod, problem)
			}
		}()
		return handle(ctx, request)
	}
}

// oneConn is a listener that hands out one connection, and closes with it.
type oneConn struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	addr   net.Addr
}

func newOneConn(conn net.Conn) *oneConn {
	l := &oneConn{conns: make(chan net.Conn, 1), closed: make(chan struct{}), addr: conn.LocalAddr()}
	l.conns <- endingConn{conn, l}
	return l
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.addr }

// endingConn closes its listener when it is closed.
type endingConn struct {
	net.Conn

	listener *oneConn
}

func (c endingConn) Close() error {
	return errors.Join(c.Conn.Close(), c.listener.Close())
}
