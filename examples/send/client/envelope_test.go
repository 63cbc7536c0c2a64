package client_test

import (
	"bytes"
	"strings"
	"testing"

	"sendform/examples/send/client"
)

func TestEncryptHidesAndDiffers(t *testing.T) {
	t.Parallel()
	key := client.NewKey()
	file := client.File{Name: "name-of-the-file", Content: []byte("content-of-the-file")}
	first, err := client.Encrypt(key, file)
	if err != nil {
		t.Fatal(err)
	}
	second, err := client.Encrypt(key, file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, second) {
		t.Error("the same nonce was used twice")
	}
	for _, hidden := range []string{file.Name, string(file.Content), string(key[:])} {
		if bytes.Contains(first, []byte(hidden)) {
			t.Errorf("the ciphertext shows %q", hidden)
		}
	}
	if client.NewKey() == key {
		t.Error("two keys are equal")
	}
}

func TestDecryptRefuses(t *testing.T) {
	t.Parallel()
	key := client.NewKey()
	ciphertext, err := client.Encrypt(key, client.File{Name: "a.txt", Content: []byte("content")})
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(at int) []byte {
		changed := bytes.Clone(ciphertext)
		changed[at] ^= 1
		return changed
	}
	cases := map[string]struct {
		key        client.Key
		ciphertext []byte
	}{
		"another key":      {client.NewKey(), ciphertext},
		"changed nonce":    {key, flipped(0)},
		"changed content":  {key, flipped(20)},
		"changed tag":      {key, flipped(len(ciphertext) - 1)},
		"cut off":          {key, ciphertext[:len(ciphertext)-1]},
		"shorter than tag": {key, ciphertext[:10]},
		"nothing":          {key, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if file, err := client.Decrypt(c.key, c.ciphertext); err == nil {
				t.Errorf("decrypted to %+v", file)
			}
		})
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	link := client.Link{ID: "0123", Key: client.NewKey()}
	parsed, err := client.ParseLink(link.String())
	if err != nil || parsed != link {
		t.Errorf("parsed %+v, %v", parsed, err)
	}
	encoded := strings.TrimPrefix(link.String(), "0123#")
	for _, text := range []string{"", "0123", "0123#", "#" + encoded, "0123#" + encoded[1:], "0123#" + encoded + "AAAA", "0123#" + encoded[:42] + "*"} {
		_, err := client.ParseLink(text)
		if err == nil {
			t.Errorf("%q was parsed", text)
		} else if strings.Contains(err.Error(), encoded[:20]) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}
