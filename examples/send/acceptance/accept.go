package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sendform/examples/send/client"
	"sendform/examples/send/internal/admin"
)

// contentLines makes a file of some 100 KB.
const contentLines = 2000

// made is what a run has put into the deployment, or may have, and has to remove
// again.
type made struct {
	key       string // API key
	owner     string // name of the token, unlike any other; "" once it is revoked
	token     string
	transfers []string // ids
}

// accept runs all checks and reports whether every one was ok.
func (d deployment) accept(ctx context.Context, report *report) bool {
	made := &made{key: rand.Text(), owner: "acceptance " + rand.Text()}
	checks, cancel := context.WithTimeout(ctx, checksTimeout)
	defer cancel()
	d.checks(checks, report, made)

	// An interrupted run cleans up as well.
	cleanUp, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTimeout)
	defer cancel()
	d.cleanUp(cleanUp, report, made)
	return !report.failed
}

// checks are in order: each part builds upon the one before.
func (d deployment) checks(ctx context.Context, report *report, made *made) {
	if d.checkKeys(ctx, report, made) && d.checkTransfer(ctx, report, made) {
		d.checkRevoked(ctx, report, made)
	}
}

// checkKeys registers an API key and issues a token with it.
func (d deployment) checkKeys(ctx context.Context, report *report, made *made) bool {
	err := d.admin.Put(ctx, admin.KeyObject(made.key), nil)
	if !report.succeeded("api key: registered", subject{"bucket.admin", "api-keys/{sha256}"}, err) {
		return false
	}
	issue := subject{"function.admin", "POST /tokens"}
	_, err = d.tokens(rand.Text()).Issue(ctx, made.owner)
	report.refused("api key: a wrong one is refused", issue, http.StatusUnauthorized, err)

	token, err := d.tokens(made.key).Issue(ctx, made.owner)
	made.token = token.Secret
	if !report.succeeded("token: issued", issue, err) {
		return false
	}

	issued, err := d.issued(ctx, made)
	list := subject{"function.admin", "GET /tokens"}
	report.check("token: listed without its secret", list, "1 token, no secret", describeTokens(issued, err))
	return true
}

// issued returns the tokens of this run.
func (d deployment) issued(ctx context.Context, made *made) ([]client.Token, error) {
	tokens, err := d.tokens(made.key).List(ctx)
	return slices.DeleteFunc(tokens, func(token client.Token) bool { return token.Name != made.owner }), err
}

// checkTransfer sends a file as people do, step by step.
func (d deployment) checkTransfer(ctx context.Context, report *report, made *made) bool {
	file := newFile()
	key := client.NewKey()
	ciphertext, err := client.Encrypt(key, file)
	if !report.succeeded("transfer: encrypted", subject{"client", "Encrypt"}, err) {
		return false
	}
	user := d.transfersOf(made.token)

	create := subject{"function.user", "POST /api/transfers"}
	_, err = d.create(ctx, made, rand.Text())
	report.refused("transfer: a wrong token is refused", create, http.StatusUnauthorized, err)
	id, err := d.create(ctx, made, made.token)
	if !report.succeeded("transfer: created", create, err) {
		return false
	}

	err = user.Upload(ctx, id, ciphertext)
	if !report.succeeded("transfer: uploaded", subject{"function.user", "PUT /api/transfers/{id}/content"}, err) {
		return false
	}
	download := subject{"function.user", "GET /api/transfers/{id}/content"}
	_, err = d.transfersOf("").Download(ctx, id)
	report.refused("transfer: no download before it is complete", download, http.StatusConflict, err)
	_, err = user.Complete(ctx, id)
	if !report.succeeded("transfer: completed", subject{"function.user", "POST /api/transfers/{id}/complete"}, err) {
		return false
	}

	metadata, err := d.transfersOf("").Metadata(ctx, id)
	describe := subject{"function.user", "GET /api/transfers/{id}"}
	report.check("transfer: metadata", describe, describeContent("complete", ciphertext), describeMetadata(metadata, err))

	downloaded, err := d.transfersOf("").Download(ctx, id)
	report.check("transfer: download equals upload", download, describeBytes(ciphertext, nil), describeBytes(downloaded, err))
	received, err := client.Decrypt(key, downloaded)
	decrypt := subject{"client", "Decrypt"}
	report.check("transfer: decrypted content equals the file", decrypt, describeBytes(file.Content, nil), describeBytes(received.Content, err))
	report.check("transfer: decrypted name equals the file's", decrypt, describeName(file.Name, nil), describeName(received.Name, err))

	d.checkStored(ctx, report, id, file, ciphertext)
	d.checkDeleted(ctx, report, made, id)
	return true
}

// create remembers the transfer, also when it should not have been made.
func (d deployment) create(ctx context.Context, made *made, token string) (string, error) {
	id, err := d.transfersOf(token).Create(ctx)
	if err == nil {
		made.transfers = append(made.transfers, id)
	}
	return id, err
}

// checkStored looks into the bucket: only ciphertext is there.
func (d deployment) checkStored(ctx context.Context, report *report, id string, file client.File, ciphertext []byte) {
	prefix := "transfers/" + id + "/"
	stored, err := d.transfers.Get(ctx, prefix+"content")
	content := subject{"bucket.transfers", "transfers/{id}/content"}
	report.check("storage: the stored bytes are the ciphertext", content, describeBytes(ciphertext, nil), describeBytes(stored, err))

	all := subject{"bucket.transfers", "transfers/{id}/*"}
	keys, err := d.transfers.List(ctx, prefix)
	report.check("storage: the transfer's objects", all, "content meta.json", describeKeys(keys, prefix, err))
	firstLine, _, _ := bytes.Cut(file.Content, []byte("\n"))
	for _, key := range keys {
		object := subject{"bucket.transfers", "transfers/{id}/" + strings.TrimPrefix(key, prefix)}
		body, err := d.transfers.Get(ctx, key)
		got := "none"
		switch {
		case err != nil:
			got = err.Error()
		case bytes.Contains(body, firstLine):
			got = "plaintext"
		case bytes.Contains(body, []byte(file.Name)):
			got = "file name"
		}
		report.check("storage: plaintext or file name in an object", object, "none", got)
	}
}

// checkDeleted removes the transfer and sees that nothing of it is left.
func (d deployment) checkDeleted(ctx context.Context, report *report, made *made, id string) {
	err := d.transfersOf(made.token).Delete(ctx, id)
	if !report.succeeded("transfer: deleted", subject{"function.user", "DELETE /api/transfers/{id}"}, err) {
		return
	}
	made.transfers = slices.DeleteFunc(made.transfers, func(other string) bool { return other == id })
	_, err = d.transfersOf("").Metadata(ctx, id)
	report.refused("transfer: unknown after it was deleted", subject{"function.user", "GET /api/transfers/{id}"}, http.StatusNotFound, err)
	prefix := "transfers/" + id + "/"
	keys, err := d.transfers.List(ctx, prefix)
	report.check("storage: nothing is left of a deleted transfer", subject{"bucket.transfers", "transfers/{id}/*"}, "none", describeKeys(keys, prefix, err))
}

// checkRevoked revokes the token and sees that User refuses it from then on.
func (d deployment) checkRevoked(ctx context.Context, report *report, made *made) {
	err := d.revoke(ctx, made)
	if !report.succeeded("token: revoked", subject{"function.admin", "DELETE /tokens/{id}"}, err) {
		return
	}
	_, err = d.create(ctx, made, made.token)
	report.refused("transfer: a revoked token is refused", subject{"function.user", "POST /api/transfers"}, http.StatusUnauthorized, err)
}

// cleanUp removes what is still there, the API key last: removing a token needs
// it, and removing a transfer needs the token.
func (d deployment) cleanUp(ctx context.Context, report *report, made *made) {
	for _, id := range made.transfers {
		err := d.transfersOf(made.token).Delete(ctx, id)
		report.succeeded("clean-up: transfer deleted", subject{"function.user", "DELETE /api/transfers/{id}"}, err)
	}
	if made.owner != "" {
		err := d.revoke(ctx, made)
		report.succeeded("clean-up: token revoked", subject{"function.admin", "DELETE /tokens/{id}"}, err)
	}
	err := d.admin.Delete(ctx, admin.KeyObject(made.key))
	if report.succeeded("api key: removed", subject{"bucket.admin", "api-keys/{sha256}"}, err) {
		_, err := d.tokens(made.key).List(ctx)
		report.refused("api key: a removed one is refused", subject{"function.admin", "GET /tokens"}, http.StatusUnauthorized, err)
	}
}

// revoke goes by the owner's name and not by an id: Admin may have issued a token
// whose answer never arrived.
func (d deployment) revoke(ctx context.Context, made *made) error {
	issued, err := d.issued(ctx, made)
	if err != nil {
		return err
	}
	for _, token := range issued {
		if err := d.tokens(made.key).Revoke(ctx, token.ID); err != nil {
			return err
		}
	}
	made.owner = ""
	return nil
}

// newFile returns a file whose name and lines occur nowhere else.
func newFile() client.File {
	marker := rand.Text()
	var content strings.Builder
	for line := range contentLines {
		fmt.Fprintf(&content, "plain text %s, line %d\n", marker, line)
	}
	return client.File{Name: "report " + marker + ".txt", Content: []byte(content.String())}
}

func describeTokens(tokens []client.Token, err error) string {
	if err != nil {
		return err.Error()
	}
	secret := "no secret"
	if slices.ContainsFunc(tokens, func(token client.Token) bool { return token.Secret != "" }) {
		secret = "with a secret"
	}
	return fmt.Sprintf("%d token, %s", len(tokens), secret)
}

func describeMetadata(metadata client.Metadata, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s, %d bytes, sha256 %s", metadata.State, metadata.Size, metadata.SHA256)
}

func describeContent(state string, content []byte) string {
	return state + ", " + describeBytes(content, nil)
}

func describeBytes(content []byte, err error) string {
	if err != nil {
		return err.Error()
	}
	sum := sha256.Sum256(content)
	return fmt.Sprintf("%d bytes, sha256 %s", len(content), hex.EncodeToString(sum[:]))
}

func describeName(name string, err error) string {
	if err != nil {
		return err.Error()
	}
	return strconv.Quote(name)
}

func describeKeys(keys []string, prefix string, err error) string {
	if err != nil {
		return err.Error()
	}
	if len(keys) == 0 {
		return "none"
	}
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		names = append(names, strings.TrimPrefix(key, prefix))
	}
	return strings.Join(names, " ")
}
