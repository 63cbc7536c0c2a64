// Package seal keeps values unreadable in the local cloud's store: whoever gets
// hold of the store's file alone cannot read them.
//
// It must not know what the values are or who may see them.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// Key seals values for one purpose. It is safe for concurrent use.
type Key struct{ aead cipher.AEAD }

// NewKey derives a key from a secret of at least 32 random bytes. Keys of different
// purposes do not open each other's values.
func NewKey(secret []byte, purpose string) (Key, error) {
	const size = 32 // bytes, for AES-256
	derived, err := hkdf.Key(sha256.New, secret, nil, purpose, size)
	if err != nil {
		return Key{}, fmt.Errorf("derive the key for %s: %w", purpose, err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return Key{}, fmt.Errorf("make the key for %s: %w", purpose, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return Key{}, fmt.Errorf("make the key for %s: %w", purpose, err)
	}
	return Key{aead}, nil
}

// Seal makes a value unreadable. It can be opened at the same place only, so that
// nobody passes one value off as another.
func (k Key) Seal(value []byte, place string) []byte {
	return k.aead.Seal(nil, nil, value, []byte(place))
}

// Open gives back what was sealed at the place.
func (k Key) Open(sealed []byte, place string) ([]byte, error) {
	value, err := k.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("open a sealed value: %w", err)
	}
	return value, nil
}
