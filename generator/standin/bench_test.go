package standin_test

import (
	"fmt"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"sendform/generator/standin"
)

// BenchmarkFirstAnswer takes the time from serving the provider until Terraform has
// its first answer, which is the schema, and ends it.
func BenchmarkFirstAnswer(b *testing.B) {
	for b.Loop() {
		server, err := standin.Serve(b.Context(), standin.Options{})
		if err != nil {
			b.Fatal(err)
		}
		address := server.Reattach()[standin.Address].Addr
		conn, err := grpc.NewClient(address.Network+":"+address.String, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(unread{}), grpc.MaxCallRecvMsgSize(256<<20)))
		if err != nil {
			b.Fatal(err)
		}
		var answer []byte
		// An empty message is the whole request.
		if err := conn.Invoke(b.Context(), "/tfplugin5.Provider/GetSchema", []byte{}, &answer); err != nil {
			b.Fatal(err)
		}
		if len(answer) < 10_000 {
			b.Fatalf("a schema of %d bytes", len(answer))
		}
		if err := conn.Close(); err != nil {
			b.Fatal(err)
		}
		if err := server.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// unread leaves messages as they are on the wire: the plugin framework keeps the
// types of its protocol to itself.
type unread struct{}

func (unread) Name() string { return "proto" }

func (unread) Marshal(message any) ([]byte, error) {
	data, ok := message.([]byte)
	if !ok {
		return nil, fmt.Errorf("a message of type %T", message)
	}
	return data, nil
}

func (unread) Unmarshal(data []byte, message any) error {
	into, ok := message.(*[]byte)
	if !ok {
		return fmt.Errorf("a message of type %T", message)
	}
	*into = append([]byte{}, data...)
	return nil
}
