package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Transfers speaks to User. Token may be empty to receive only. Errors other
// than a failed connection are a *StatusError.
type Transfers struct {
	HTTP    *http.Client
	BaseURL string
	Token   string
}

// Metadata is what User tells of a transfer. Size (in bytes) and SHA256 (hex)
// are those of the ciphertext and set when State is "complete".
type Metadata struct {
	State   string    `json:"state"`
	Created time.Time `json:"created"`
	Size    int64     `json:"size"`
	SHA256  string    `json:"sha256"`
}

// Send encrypts a file with a new key and transfers it. A transfer that fails
// half-way is never complete, and goes with the bucket's expiry.
func (t Transfers) Send(ctx context.Context, file File) (Link, error) {
	key := NewKey()
	ciphertext, err := Encrypt(key, file)
	if err != nil {
		return Link{}, err
	}
	id, err := t.Create(ctx)
	if err != nil {
		return Link{}, err
	}
	if err := t.Upload(ctx, id, ciphertext); err != nil {
		return Link{}, err
	}
	if _, err := t.Complete(ctx, id); err != nil {
		return Link{}, err
	}
	return Link{ID: id, Key: key}, nil
}

// Receive downloads and decrypts what Send sent.
func (t Transfers) Receive(ctx context.Context, link Link) (File, error) {
	ciphertext, err := t.Download(ctx, link.ID)
	if err != nil {
		return File{}, err
	}
	return Decrypt(link.Key, ciphertext)
}

// Create starts a transfer and returns its id.
func (t Transfers) Create(ctx context.Context) (string, error) {
	var created struct {
		ID string `json:"id"`
	}
	err := t.call(http.MethodPost, "/api/transfers", http.StatusCreated).doJSON(ctx, t.HTTP, t.BaseURL, &created)
	return created.ID, err
}

// Upload stores the ciphertext, once.
func (t Transfers) Upload(ctx context.Context, id string, ciphertext []byte) error {
	upload := t.call(http.MethodPut, path(id)+"/content", http.StatusNoContent)
	upload.contentType = "application/octet-stream"
	upload.body = ciphertext
	_, err := upload.do(ctx, t.HTTP, t.BaseURL)
	return err
}

// Complete makes the ciphertext available for download.
func (t Transfers) Complete(ctx context.Context, id string) (Metadata, error) {
	var metadata Metadata
	err := t.call(http.MethodPost, path(id)+"/complete", http.StatusOK).doJSON(ctx, t.HTTP, t.BaseURL, &metadata)
	return metadata, err
}

// Metadata tells the state of a transfer.
func (t Transfers) Metadata(ctx context.Context, id string) (Metadata, error) {
	var metadata Metadata
	err := t.call(http.MethodGet, path(id), http.StatusOK).doJSON(ctx, t.HTTP, t.BaseURL, &metadata)
	return metadata, err
}

// Download returns the ciphertext of a complete transfer.
func (t Transfers) Download(ctx context.Context, id string) ([]byte, error) {
	return t.call(http.MethodGet, path(id)+"/content", http.StatusOK).do(ctx, t.HTTP, t.BaseURL)
}

// Delete removes a transfer.
func (t Transfers) Delete(ctx context.Context, id string) error {
	_, err := t.call(http.MethodDelete, path(id), http.StatusNoContent).do(ctx, t.HTTP, t.BaseURL)
	return err
}

func (t Transfers) call(method, path string, want int) call {
	return call{method: method, path: path, header: "x-access-token", secret: t.Token, want: want}
}

func path(id string) string { return "/api/transfers/" + url.PathEscape(id) }
