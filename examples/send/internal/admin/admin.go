// Package admin is the API that issues, lists, validates and revokes the access
// tokens of SGraph Send. It keeps hashes of tokens and API keys, never the
// things themselves, and knows nothing of transfers.
//
// Tokens and API keys are looked up by the SHA-256 of what the caller sent. They
// are random and long, so the hash needs no salt, and the time that a look-up
// takes says nothing about them.
package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"sendform/examples/send/internal/httpjson"
)

// DefaultKeyHeader is the header of the API key when nothing else is configured.
const DefaultKeyHeader = "x-api-key"

const (
	tokenBytes = 32
	// maxName is the longest name of a token's owner in characters.
	maxName     = 100
	tokenPrefix = "tokens/"
	tokenSuffix = ".json"
)

// Objects is Admin's bucket. Get returns an error that is fs.ErrNotExist for a
// missing object.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, body []byte) error
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, prefix string) ([]string, error)
}

// KeyObject returns the object that registers an API key: Admin accepts a key
// while an object of this name exists, whatever is in it.
func KeyObject(key string) string { return "api-keys/" + hash(key) }

// Handler serves the API. keyHeader is the header that carries the API key.
func Handler(objects Objects, keyHeader string, now func() time.Time, logger *slog.Logger) http.Handler {
	api := api{objects: objects, keyHeader: keyHeader, now: now}
	router := httpjson.NewRouter(logger)
	router.Handle("GET /info/health", httpjson.Health)
	router.Handle("POST /tokens", api.withKey(api.issue))
	router.Handle("GET /tokens", api.withKey(api.list))
	router.Handle("DELETE /tokens/{id}", api.withKey(api.revoke))
	router.Handle("POST /tokens/validate", api.validate)
	return router
}

type api struct {
	objects   Objects
	keyHeader string
	now       func() time.Time
}

// record is a token as it is stored. The id is the token's hash.
type record struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
}

func (a api) withKey(next httpjson.Handler) httpjson.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		key := r.Header.Get(a.keyHeader)
		if key == "" {
			return httpjson.Refuse(http.StatusUnauthorized, "the header "+a.keyHeader+" is missing")
		}
		_, err := a.objects.Get(r.Context(), KeyObject(key))
		if errors.Is(err, fs.ErrNotExist) {
			return httpjson.Refuse(http.StatusUnauthorized, "the API key is not valid")
		}
		if err != nil {
			return fmt.Errorf("look up API key: %w", err)
		}
		return next(w, r)
	}
}

func (a api) issue(w http.ResponseWriter, r *http.Request) error {
	var wanted struct {
		Name string `json:"name"`
	}
	if err := httpjson.Read(w, r, &wanted); err != nil {
		return err
	}
	name := strings.TrimSpace(wanted.Name)
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return httpjson.Refuse(http.StatusBadRequest, fmt.Sprintf("the name must have 1 to %d characters", maxName))
	}
	var secret [tokenBytes]byte
	rand.Read(secret[:])
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	issued := record{ID: hash(token), Name: name, Created: a.now().UTC().Truncate(time.Second)}
	body, err := json.Marshal(issued)
	if err != nil {
		return fmt.Errorf("encode token: %w", err)
	}
	if err := a.objects.Put(r.Context(), tokenKey(issued.ID), body); err != nil {
		return fmt.Errorf("store token: %w", err)
	}
	httpjson.Write(w, http.StatusCreated, map[string]string{"id": issued.ID, "name": issued.Name, "token": token})
	return nil
}

func (a api) list(w http.ResponseWriter, r *http.Request) error {
	keys, err := a.objects.List(r.Context(), tokenPrefix)
	if err != nil {
		return fmt.Errorf("list tokens: %w", err)
	}
	tokens := make([]record, 0, len(keys))
	for _, key := range keys {
		id := strings.TrimSuffix(strings.TrimPrefix(key, tokenPrefix), tokenSuffix)
		token, found, err := a.load(r.Context(), id)
		if err != nil {
			return err
		}
		// A token that is revoked while the list is made is simply not in it.
		if found {
			tokens = append(tokens, token)
		}
	}
	httpjson.Write(w, http.StatusOK, map[string][]record{"tokens": tokens})
	return nil
}

func (a api) revoke(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	_, found, err := a.load(r.Context(), id)
	if err != nil {
		return err
	}
	if !found {
		return httpjson.Refuse(http.StatusNotFound, "there is no such token")
	}
	if err := a.objects.Delete(r.Context(), tokenKey(id)); err != nil {
		return fmt.Errorf("delete token: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// validate needs no API key: a token is 256 random bits, who knows one may ask.
func (a api) validate(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Token string `json:"token"`
	}
	if err := httpjson.Read(w, r, &asked); err != nil {
		return err
	}
	token, found, err := a.load(r.Context(), hash(asked.Token))
	if err != nil {
		return err
	}
	httpjson.Write(w, http.StatusOK, struct {
		Valid bool   `json:"valid"`
		Name  string `json:"name,omitempty"`
	}{found, token.Name})
	return nil
}

func (a api) load(ctx context.Context, id string) (token record, found bool, err error) {
	if !isHash(id) {
		return record{}, false, nil
	}
	body, err := a.objects.Get(ctx, tokenKey(id))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, false, nil
	}
	if err != nil {
		return record{}, false, fmt.Errorf("read token: %w", err)
	}
	if err := json.Unmarshal(body, &token); err != nil {
		return record{}, false, fmt.Errorf("decode token: %w", err)
	}
	return token, true, nil
}

func tokenKey(id string) string { return tokenPrefix + id + tokenSuffix }

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// isHash keeps everything else out of the bucket's keys.
func isHash(id string) bool {
	decoded, err := hex.DecodeString(id)
	return err == nil && len(decoded) == sha256.Size && hex.EncodeToString(decoded) == id
}
