package standin_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"

	"sendform/generator/standin"
)

func TestCloseLeavesNothing(t *testing.T) {
	server, err := standin.Serve(t.Context(), standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	address := server.Reattach()[standin.Address].Addr
	conn, err := net.Dial(address.Network, address.String)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for range 2 {
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Dir(address.String)); !os.IsNotExist(err) {
		t.Errorf("the socket's directory is still there: %v", err)
	}
	if _, err := net.Dial(address.Network, address.String); err == nil {
		t.Error("somebody still listens")
	}
	var stacks bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"standin.serveConn", "standin.(*Server).accept", "grpc.(*Server)"} {
		if strings.Contains(stacks.String(), left) {
			t.Errorf("%s still runs:\n%s", left, stacks.String())
		}
	}
}

// Each alias is a provider of its own, although all attach to the same server. The
// account is not asked for, so there need not be a cloud.
func TestAliasesKeepTheirConfiguration(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"AWS_ENDPOINT_URL":      "http://127.0.0.1:1",
		"AWS_ACCESS_KEY_ID":     "a",
		"AWS_SECRET_ACCESS_KEY": "b",
	})
	w.write("main.tf", `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "eu-west-2"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}
provider "aws" {
  alias                       = "other"
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}
data "aws_region" "here" {}
data "aws_region" "other" { provider = aws.other }
`)
	w.init()
	w.must(w.apply())
	state := w.state()
	if here, other := state["data.aws_region.here"]["region"], state["data.aws_region.other"]["region"]; here != "eu-west-2" || other != "us-east-1" {
		t.Errorf("got %v and %v", here, other)
	}
}

func TestTerraformShowsWhyAnEndpointIsRefused(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"AWS_ACCESS_KEY_ID":     "a",
		"AWS_SECRET_ACCESS_KEY": "b",
		"AWS_REGION":            "eu-west-2",
	})
	w.write("main.tf", "data \"aws_caller_identity\" \"current\" {}\n")
	w.init()
	err := w.apply()
	if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), "only works against a local cloud") {
		t.Errorf("got %v", err)
	}
}
