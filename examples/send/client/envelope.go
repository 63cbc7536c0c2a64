package client

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Key is an AES-256 key. It is made for one file and never sent to a function.
type Key [32]byte

// NewKey returns a random key.
func NewKey() Key {
	var key Key
	rand.Read(key[:])
	return key
}

// File is what people send each other.
type File struct {
	Name    string
	Content []byte
}

// envelope is what stands before the content inside the encryption.
type envelope struct {
	Name string `json:"name"`
}

// lengthBytes is the size of the envelope's length, big endian.
const lengthBytes = 4

// format is authenticated with each ciphertext: a later format cannot be taken
// for this one.
const format = "sgraph-send/1"

// Encrypt returns nonce, ciphertext and tag of AES-256-GCM. Inside are the
// envelope's length, the envelope (JSON, with the file name) and the content.
func Encrypt(key Key, file File) ([]byte, error) {
	seal, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(envelope{file.Name})
	if err != nil {
		return nil, fmt.Errorf("encode envelope: %w", err)
	}
	plain := make([]byte, 0, lengthBytes+len(head)+len(file.Content))
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(head)))
	plain = append(plain, head...)
	plain = append(plain, file.Content...)
	return seal.Seal(nil, nil, plain, []byte(format)), nil
}

// Decrypt opens what Encrypt made. A wrong key and a changed ciphertext give the
// same error.
func Decrypt(key Key, ciphertext []byte) (File, error) {
	seal, err := newAEAD(key)
	if err != nil {
		return File{}, err
	}
	plain, err := seal.Open(nil, nil, ciphertext, []byte(format))
	if err != nil {
		return File{}, errors.New("decrypt: wrong key, or the ciphertext was changed")
	}
	if len(plain) < lengthBytes {
		return File{}, errors.New("decrypt: the envelope is cut off")
	}
	length, rest := binary.BigEndian.Uint32(plain), plain[lengthBytes:]
	if uint64(length) > uint64(len(rest)) {
		return File{}, errors.New("decrypt: the envelope is cut off")
	}
	var head envelope
	if err := json.Unmarshal(rest[:length], &head); err != nil {
		return File{}, fmt.Errorf("decrypt: decode envelope: %w", err)
	}
	return File{Name: head.Name, Content: rest[length:]}, nil
}

func newAEAD(key Key) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("make AES cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Link is what the sender hands to the recipient, past the functions.
type Link struct {
	ID  string
	Key Key
}

// String returns id#key. In a web address the part after # stays in the browser.
func (l Link) String() string {
	return l.ID + "#" + base64.RawURLEncoding.EncodeToString(l.Key[:])
}

// ParseLink reads what Link.String wrote. Its errors do not show the key.
func ParseLink(text string) (Link, error) {
	id, encoded, found := strings.Cut(text, "#")
	key, err := base64.RawURLEncoding.DecodeString(encoded)
	if !found || id == "" || err != nil || len(key) != len(Key{}) {
		return Link{}, errors.New("parse link: want id#key, the key as base64url of 32 bytes")
	}
	return Link{ID: id, Key: Key(key)}, nil
}
