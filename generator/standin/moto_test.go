//go:build moto

package standin_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// motoAccount is the account that moto takes every key for.
const motoAccount = "123456789012"

// moto is an emulator that somebody else wrote, https://github.com/getmoto/moto. It
// runs for the length of the test.
func moto(t *testing.T) (environ map[string]string) {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skipf("moto_server is not on PATH: %v", err)
	}
	certificate, key := selfSigned(t)
	// Port 0: it chooses one, and says which.
	command := exec.CommandContext(t.Context(), path, "--host", "127.0.0.1", "--port", "0", "--ssl-cert", certificate, "--ssl-key", key)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PYTHONUNBUFFERED=1"}
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-drained
		_ = command.Wait() // it was killed
	})
	lines := bufio.NewScanner(said)
	running := regexp.MustCompile(`https://127\.0\.0\.1:\d+`)
	endpoint, all := "", ""
	for endpoint == "" && lines.Scan() {
		all += lines.Text() + "\n"
		endpoint = running.FindString(lines.Text())
	}
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, said)
	}()
	if endpoint == "" {
		t.Fatalf("moto does not say where it listens:\n%s", all)
	}
	return map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_CA_BUNDLE": certificate, "AWS_REGION": region,
		"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
	}
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: encoded},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// TestMoto makes stacks of testdata on moto and on the local cloud, and compares what
// came of them: states, second plans, and that all goes.
func TestMoto(t *testing.T) {
	for folder, known := range motoIsDifferent() {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			emulator := moto(t) // first, for it may not be there
			wanted := lifeOf(t, folder, known.override, newTargetIn(t, motoAccount).environ)
			got := lifeOf(t, folder, known.override, emulator)
			unused := maps.Clone(known.differences)
			compareState(t, "", wanted, got, unused)
			for path := range unused {
				t.Errorf("%s is listed as a difference and is none", path)
			}
		})
	}
}

// lifeOf makes a stack, plans it again, and destroys it. What comes back is its state
// by address, and beside it what the second plan would do.
func lifeOf(t *testing.T, folder, override string, environ map[string]string) any {
	t.Helper()
	w := newWorkspace(t, environ)
	text, err := os.ReadFile(filepath.Join("testdata", folder, "main.tf"))
	w.must(err)
	w.write("main.tf", string(text))
	w.write("moto_override.tf", override)
	w.write("code.zip", zipped(t, "first"))
	w.init()
	w.must(w.apply())
	found := map[string]any{}
	for address, actions := range w.changes() {
		found["plan "+address] = actions
	}
	for address, attributes := range w.state() {
		found[address] = attributes
	}
	w.destroy()
	if left := w.state(); len(left) > 0 {
		t.Errorf("left after the destruction: %v", left)
	}
	return normal(t, found)
}
