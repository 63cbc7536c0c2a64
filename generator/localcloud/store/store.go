// Package store keeps what the local cloud has answered for: typed tables in one
// file, read and written in transactions.
//
// It must not know any AWS service; a service names its tables and what a row is.
package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bberrors "go.etcd.io/bbolt/errors"
)

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("in use by another process")

// Store is one file of tables. It is safe for concurrent use: any number of
// readers beside one writer.
type Store struct{ db *bbolt.DB }

// Open opens or creates the file at path. It fails with [ErrInUse] at once when
// another process holds it.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: 10 * time.Millisecond, // bbolt polls for its lock; one poll is enough to know
		// Without fsync a killed process loses nothing that it wrote, only a crashed
		// machine does: the right trade for a cloud that serves rehearsals.
		NoSync:         true,
		NoFreelistSync: true,
	})
	if errors.Is(err, bberrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: %w", path, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &Store{db: db}, nil
}

// Close releases the file after running transactions have ended.
func (s *Store) Close() error { return s.db.Close() }

// Tx is one transaction; it ends with the function it was handed to.
type Tx struct{ tx *bbolt.Tx }

// View runs read with a consistent snapshot of all tables.
func (s *Store) View(read func(Tx) error) error {
	return s.db.View(func(tx *bbolt.Tx) error { return read(Tx{tx}) })
}

// Update runs write alone; when it returns an error nothing that it wrote stays.
func (s *Store) Update(write func(Tx) error) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return write(Tx{tx}) })
}

// Table is a set of rows of type T under string keys, kept in byte order.
// T is stored as JSON: only exported fields survive.
type Table[T any] struct{ name []byte }

// NewTable names a table. Two tables of one name share their rows.
func NewTable[T any](name string) Table[T] { return Table[T]{name: []byte(name)} }

// Get returns the row at key, and whether there is one.
func (t Table[T]) Get(tx Tx, key string) (row T, found bool, err error) {
	data := t.Raw(tx, key)
	if data == nil {
		return row, false, nil
	}
	if err := json.Unmarshal(data, &row); err != nil {
		return row, false, fmt.Errorf("read %s %q: %w", t.name, key, err)
	}
	return row, true, nil
}

// Raw returns the row at key as it is stored, to tell whether it has changed; nil if
// there is none. It is valid for as long as tx, and not to be changed.
func (t Table[T]) Raw(tx Tx, key string) []byte {
	rows := tx.tx.Bucket(t.name)
	if rows == nil {
		return nil
	}
	return rows.Get([]byte(key))
}

// Put writes the row at key, replacing what is there.
func (t Table[T]) Put(tx Tx, key string, row T) error {
	rows, err := tx.tx.CreateBucketIfNotExists(t.name)
	if err != nil {
		return fmt.Errorf("write %s: %w", t.name, err)
	}
	data, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("write %s %q: %w", t.name, key, err)
	}
	if err := rows.Put([]byte(key), data); err != nil {
		return fmt.Errorf("write %s %q: %w", t.name, key, err)
	}
	return nil
}

// Delete removes the row at key; a key without a row is no error.
func (t Table[T]) Delete(tx Tx, key string) error {
	rows := tx.tx.Bucket(t.name)
	if rows == nil {
		return nil
	}
	if err := rows.Delete([]byte(key)); err != nil {
		return fmt.Errorf("delete %s %q: %w", t.name, key, err)
	}
	return nil
}

// Scan calls visit for every row whose key starts with prefix and sorts after
// the key named after ("" for all), in key order, until visit returns false.
// visit must not write to the table it scans.
func (t Table[T]) Scan(tx Tx, prefix, after string, visit func(key string, row T) bool) error {
	rows := tx.tx.Bucket(t.name)
	if rows == nil {
		return nil
	}
	cursor := rows.Cursor()
	from := max(prefix, after)
	for key, data := cursor.Seek([]byte(from)); key != nil && bytes.HasPrefix(key, []byte(prefix)); key, data = cursor.Next() {
		if after != "" && string(key) <= after {
			continue
		}
		var row T
		if err := json.Unmarshal(data, &row); err != nil {
			return fmt.Errorf("read %s %q: %w", t.name, key, err)
		}
		if !visit(string(key), row) {
			return nil
		}
	}
	return nil
}

// Key joins the parts of a compound key so that no two lists of parts collide
// and a list sorts by its first part first.
func Key(parts ...string) string { return strings.Join(parts, "\x00") }
