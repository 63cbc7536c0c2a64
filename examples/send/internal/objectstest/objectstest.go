// Package objectstest is a bucket in memory for tests. It behaves as
// objects.Bucket does and is imported by tests only.
package objectstest

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Bucket is an empty bucket when zero. Err, when set before use, is what every
// call returns. It is safe for concurrent use.
type Bucket struct {
	Err error

	mutex   sync.Mutex
	objects map[string][]byte
}

// Get returns an object's bytes or fs.ErrNotExist.
func (b *Bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.Err != nil {
		return nil, b.Err
	}
	body, found := b.objects[key]
	if !found {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(body), nil
}

// Put writes an object.
func (b *Bucket) Put(_ context.Context, key string, body []byte) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.put(key, body)
}

// Create writes an object that must not exist yet.
func (b *Bucket) Create(_ context.Context, key string, body []byte) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if _, found := b.objects[key]; found {
		return fs.ErrExist
	}
	return b.put(key, body)
}

func (b *Bucket) put(key string, body []byte) error {
	if b.Err != nil {
		return b.Err
	}
	if b.objects == nil {
		b.objects = map[string][]byte{}
	}
	b.objects[key] = append([]byte{}, body...)
	return nil
}

// Delete removes an object, if it is there.
func (b *Bucket) Delete(_ context.Context, key string) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.objects, key)
	return b.Err
}

// List returns the keys that start with prefix, sorted.
func (b *Bucket) List(_ context.Context, prefix string) ([]string, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(b.objects)), func(key string) bool {
		return !strings.HasPrefix(key, prefix)
	})
	return keys, b.Err
}
