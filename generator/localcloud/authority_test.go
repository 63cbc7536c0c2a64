package localcloud

import (
	"crypto/x509"
	"net"
	"testing"
	"time"
)

// TestCertificatesAreForWhatIsAskedFor checks the names that clients connect to: host
// names, and addresses of a cloud that was told to be there for other machines.
func TestCertificatesAreForWhatIsAskedFor(t *testing.T) {
	a, err := openAuthority(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"127.0.0.1", "::1", "192.0.2.7", "localhost", "abc.lambda-url.eu-west-2.on.aws"} {
		leaf, err := a.leaf(name)
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := x509.ParseCertificate(leaf.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := certificate.Verify(x509.VerifyOptions{DNSName: name, Roots: a.trust().RootCAs}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := certificate.VerifyHostname("192.0.2.8"); err == nil {
			t.Errorf("%s: its certificate is good for another address", name)
		}
	}
}

func TestLocalAddress(t *testing.T) {
	tests := []struct{ listening, want string }{
		{"127.0.0.1:4566", "127.0.0.1:4566"},
		{"[::1]:4566", "[::1]:4566"},
		{"192.0.2.7:4566", "192.0.2.7:4566"},
		{"0.0.0.0:4566", "127.0.0.1:4566"},
		{"[::]:4566", "127.0.0.1:4566"},
	}
	for _, test := range tests {
		address, err := net.ResolveTCPAddr("tcp", test.listening)
		if err != nil {
			t.Fatal(err)
		}
		if got := localAddress(address); got != test.want {
			t.Errorf("%s: got %s, want %s", test.listening, got, test.want)
		}
	}
}
