package seal_test

import (
	"bytes"
	"testing"

	"sendform/generator/localcloud/seal"
)

func TestSeal(t *testing.T) {
	newKey := func(secret, purpose string) seal.Key {
		key, err := seal.NewKey([]byte(secret), purpose)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	const secret = "a secret of thirty-two characters"
	key, value := newKey(secret, "ssm"), []byte("canary-7d1f")
	sealed, again := key.Seal(value, "here"), key.Seal(value, "here")
	if bytes.Contains(sealed, value) || bytes.Equal(sealed, again) {
		t.Errorf("sealed %q, then %q", sealed, again)
	}
	// The same key can be made again, in the next process.
	if got, err := newKey(secret, "ssm").Open(sealed, "here"); err != nil || !bytes.Equal(got, value) {
		t.Errorf("got %q, %v", got, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another place":   func() ([]byte, error) { return key.Open(sealed, "there") },
		"another purpose": func() ([]byte, error) { return newKey(secret, "secretsmanager").Open(sealed, "here") },
		"another secret":  func() ([]byte, error) { return newKey("b"+secret, "ssm").Open(sealed, "here") },
		"changed":         func() ([]byte, error) { return key.Open(changed, "here") },
		"cut":             func() ([]byte, error) { return key.Open(sealed[:5], "here") },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
