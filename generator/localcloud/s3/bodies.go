package s3

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// bodies keeps the bodies of objects and parts as files named by a random id. A
// body is written once under incoming, moved to kept when its row is written and
// never changed. Bucket names and keys have no part in its path.
type bodies struct {
	incoming, kept string
	// removal keeps a body from going away between the read of its row and the
	// opening of its file: readers hold it shared for both.
	removal sync.RWMutex
}

func openBodies(dir string) (*bodies, error) {
	b := &bodies{incoming: filepath.Join(dir, "incoming"), kept: filepath.Join(dir, "kept")}
	if err := os.RemoveAll(b.incoming); err != nil {
		return nil, fmt.Errorf("remove interrupted uploads: %w", err)
	}
	for _, folder := range []string{b.incoming, b.kept} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of object bodies: %w", err)
		}
	}
	return b, nil
}

// body is one that is being written. It ends with keep or discard.
type body struct {
	*os.File
	id    string
	place *bodies
}

func (b *bodies) create() (*body, error) {
	id := rand.Text()
	file, err := os.OpenFile(filepath.Join(b.incoming, id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create an object body: %w", err)
	}
	return &body{File: file, id: id, place: b}, nil
}

// keep moves the body to its place. It is the last step of the transaction that
// writes the row, so that a failed write leaves no body behind.
func (b *body) keep() error {
	if err := b.Close(); err != nil {
		return fmt.Errorf("write an object body: %w", err)
	}
	if err := os.Rename(b.Name(), filepath.Join(b.place.kept, b.id)); err != nil {
		return fmt.Errorf("keep an object body: %w", err)
	}
	return nil
}

// discard removes the body wherever it is; what cannot be removed now goes with
// the sweep at the next start.
func (b *body) discard() {
	_ = b.Close()
	_ = os.Remove(b.Name())
	b.place.remove(b.id)
}

// remove deletes kept bodies whose rows are gone. A file that will not go is left
// to the sweep at the next start, as the call that removed the row has succeeded.
func (b *bodies) remove(ids ...string) {
	b.removal.Lock()
	defer b.removal.Unlock()
	for _, id := range ids {
		if id != "" { // a delete marker has no body
			_ = os.Remove(filepath.Join(b.kept, id))
		}
	}
}

// open opens a kept body; the caller holds removal shared since it read the row.
func (b *bodies) open(id string) (*os.File, error) {
	file, err := os.Open(filepath.Join(b.kept, id))
	if err != nil {
		return nil, fmt.Errorf("open an object body: %w", err)
	}
	return file, nil
}

func (b *bodies) sweep(known map[string]bool) error {
	entries, err := os.ReadDir(b.kept)
	if err != nil {
		return fmt.Errorf("list object bodies: %w", err)
	}
	for _, entry := range entries {
		if known[entry.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(b.kept, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an object body without a row: %w", err)
		}
	}
	return nil
}
