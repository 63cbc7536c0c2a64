// Package user is the public API of SGraph Send: it takes in ciphertext, keeps
// it in a bucket and hands it out again. It never sees a key, a file name or a
// plain text, and leaves the judgement of access tokens to Admin.
package user

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"sendform/examples/send/internal/httpjson"
)

// MaxContent is the largest ciphertext in bytes. In base64, as Lambda carries a
// body, it just stays under Lambda's 6 MB limit for requests and responses.
const MaxContent = 4 << 20

// Objects is the bucket that holds the transfers. Get returns an error that is
// fs.ErrNotExist for a missing object, Create one that is fs.ErrExist for a
// present one.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, body []byte) error
	Create(ctx context.Context, key string, body []byte) error
	Delete(ctx context.Context, key string) error
}

// Tokens judges access tokens: whose one is, and whether it is valid.
type Tokens interface {
	Validate(ctx context.Context, token string) (owner string, valid bool, err error)
}

// Handler serves the API.
func Handler(objects Objects, tokens Tokens, now func() time.Time, logger *slog.Logger) http.Handler {
	api := api{objects: objects, tokens: tokens, now: now}
	router := httpjson.NewRouter(logger)
	router.Handle("GET /info/health", httpjson.Health)
	router.Handle("POST /api/transfers", api.create)
	router.Handle("PUT /api/transfers/{id}/content", api.upload)
	router.Handle("POST /api/transfers/{id}/complete", api.complete)
	router.Handle("GET /api/transfers/{id}", api.describe)
	router.Handle("GET /api/transfers/{id}/content", api.download)
	router.Handle("DELETE /api/transfers/{id}", api.remove)
	return router
}

type api struct {
	objects Objects
	tokens  Tokens
	now     func() time.Time
}

// The states of a transfer. Size and SHA-256 are known when it is complete.
const (
	stateCreated  = "created"
	stateComplete = "complete"
)

// metadata is what everybody who has the id may know of a transfer.
type metadata struct {
	State   string    `json:"state"`
	Created time.Time `json:"created"`
	Size    int64     `json:"size"`
	SHA256  string    `json:"sha256"`
}

// record is meta.json.
type record struct {
	Owner string `json:"owner"`
	metadata
}

func (a api) create(w http.ResponseWriter, r *http.Request) error {
	owner, err := a.authenticate(r)
	if err != nil {
		return err
	}
	id := newID()
	created := record{owner, metadata{State: stateCreated, Created: a.now().UTC().Truncate(time.Second)}}
	if err := a.store(r.Context(), id, created); err != nil {
		return err
	}
	httpjson.Write(w, http.StatusCreated, map[string]string{"id": id})
	return nil
}

// upload writes the content once. So what complete has measured is what every
// download gets, even when two uploads race.
func (a api) upload(w http.ResponseWriter, r *http.Request) error {
	id, _, err := a.owned(r)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxContent))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return httpjson.Refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the content is larger than %d bytes", MaxContent))
	case err != nil:
		return httpjson.Refuse(http.StatusBadRequest, "the content could not be read")
	case len(content) == 0:
		return httpjson.Refuse(http.StatusBadRequest, "the content is empty")
	}
	err = a.objects.Create(r.Context(), contentKey(id), content)
	if errors.Is(err, fs.ErrExist) {
		return httpjson.Refuse(http.StatusConflict, "the content is already uploaded")
	}
	if err != nil {
		return fmt.Errorf("store content: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// complete may be repeated: a client that lost the first answer asks again.
func (a api) complete(w http.ResponseWriter, r *http.Request) error {
	id, transfer, err := a.owned(r)
	if err != nil {
		return err
	}
	if transfer.State != stateComplete {
		content, err := a.objects.Get(r.Context(), contentKey(id))
		if errors.Is(err, fs.ErrNotExist) {
			return httpjson.Refuse(http.StatusConflict, "the content is not uploaded yet")
		}
		if err != nil {
			return fmt.Errorf("read content: %w", err)
		}
		sum := sha256.Sum256(content)
		transfer.State = stateComplete
		transfer.Size = int64(len(content))
		transfer.SHA256 = hex.EncodeToString(sum[:])
		if err := a.store(r.Context(), id, transfer); err != nil {
			return err
		}
	}
	httpjson.Write(w, http.StatusOK, transfer.metadata)
	return nil
}

func (a api) describe(w http.ResponseWriter, r *http.Request) error {
	_, transfer, err := a.load(r)
	if err != nil {
		return err
	}
	httpjson.Write(w, http.StatusOK, transfer.metadata)
	return nil
}

func (a api) download(w http.ResponseWriter, r *http.Request) error {
	id, transfer, err := a.load(r)
	if err != nil {
		return err
	}
	if transfer.State != stateComplete {
		return httpjson.Refuse(http.StatusConflict, "the transfer is not complete yet")
	}
	content, err := a.objects.Get(r.Context(), contentKey(id))
	if errors.Is(err, fs.ErrNotExist) {
		return errNoTransfer
	}
	if err != nil {
		return fmt.Errorf("read content: %w", err)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	// The status is sent: a caller that went away cannot be told anything more.
	_, _ = w.Write(content)
	return nil
}

// remove deletes the content first: when it fails half-way, meta.json still says
// whose transfer it is, and the owner can try again.
func (a api) remove(w http.ResponseWriter, r *http.Request) error {
	id, _, err := a.owned(r)
	if err != nil {
		return err
	}
	if err := a.objects.Delete(r.Context(), contentKey(id)); err != nil {
		return fmt.Errorf("delete content: %w", err)
	}
	if err := a.objects.Delete(r.Context(), metaKey(id)); err != nil {
		return fmt.Errorf("delete metadata: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// authenticate returns the owner of the request's access token.
func (a api) authenticate(r *http.Request) (string, error) {
	token := r.Header.Get("x-access-token")
	if token == "" {
		return "", httpjson.Refuse(http.StatusUnauthorized, "the header x-access-token is missing")
	}
	owner, valid, err := a.tokens.Validate(r.Context(), token)
	if err != nil {
		return "", httpjson.Unavailable("access tokens cannot be checked at the moment", fmt.Errorf("validate access token: %w", err))
	}
	if !valid {
		return "", httpjson.Refuse(http.StatusUnauthorized, "the access token is not valid")
	}
	return owner, nil
}

// owned returns the transfer of the request, which must belong to its caller.
func (a api) owned(r *http.Request) (string, record, error) {
	caller, err := a.authenticate(r)
	if err != nil {
		return "", record{}, err
	}
	id, transfer, err := a.load(r)
	if err != nil {
		return "", record{}, err
	}
	if transfer.Owner != caller {
		return "", record{}, httpjson.Refuse(http.StatusForbidden, "the transfer belongs to somebody else")
	}
	return id, transfer, nil
}

var errNoTransfer = httpjson.Refuse(http.StatusNotFound, "there is no such transfer")

func (a api) load(r *http.Request) (string, record, error) {
	id := r.PathValue("id")
	if !isID(id) {
		return "", record{}, errNoTransfer
	}
	body, err := a.objects.Get(r.Context(), metaKey(id))
	if errors.Is(err, fs.ErrNotExist) {
		return "", record{}, errNoTransfer
	}
	if err != nil {
		return "", record{}, fmt.Errorf("read metadata: %w", err)
	}
	var transfer record
	if err := json.Unmarshal(body, &transfer); err != nil {
		return "", record{}, fmt.Errorf("decode metadata: %w", err)
	}
	return id, transfer, nil
}

func (a api) store(ctx context.Context, id string, transfer record) error {
	body, err := json.Marshal(transfer)
	if err != nil {
		return fmt.Errorf("encode metadata: %w", err)
	}
	if err := a.objects.Put(ctx, metaKey(id), body); err != nil {
		return fmt.Errorf("store metadata: %w", err)
	}
	return nil
}

func metaKey(id string) string    { return "transfers/" + id + "/meta.json" }
func contentKey(id string) string { return "transfers/" + id + "/content" }

const idBytes = 16

// newID returns 128 random bits: who has the id may download.
func newID() string {
	var id [idBytes]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// isID keeps everything else out of the bucket's keys.
func isID(id string) bool {
	decoded, err := hex.DecodeString(id)
	return err == nil && len(decoded) == idBytes && hex.EncodeToString(decoded) == id
}
