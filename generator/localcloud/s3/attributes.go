package s3

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
)

// systemHeaders are the headers of a write that every read of the object brings back.
var systemHeaders = []string{
	"Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding",
	"Content-Language", "Expires", "X-Amz-Website-Redirect-Location",
}

const (
	metaPrefix     = "X-Amz-Meta-"
	encryptionName = "X-Amz-Server-Side-Encryption"
	kmsKeyName     = encryptionName + "-Aws-Kms-Key-Id"
	bucketKeyName  = encryptionName + "-Bucket-Key-Enabled"
	maxMetadata    = 2 << 10 // bytes of names and values
)

// readAttributes reads and checks what the headers of a write say about the object.
func readAttributes(b bucket, h http.Header) (attributes, error) {
	a := attributes{Headers: map[string]string{}, Metadata: map[string]string{}}
	if err := checkACL(b, h); err != nil {
		return a, err
	}
	if err := checkUnsupported(b, h); err != nil {
		return a, err
	}
	for _, name := range systemHeaders {
		if value := h.Get(name); value != "" {
			a.Headers[name] = value
		}
	}
	if encoding := withoutChunked(h.Values("Content-Encoding")); encoding != "" {
		a.Headers["Content-Encoding"] = encoding
	} else {
		delete(a.Headers, "Content-Encoding")
	}
	if a.Headers["Content-Type"] == "" {
		a.Headers["Content-Type"] = "binary/octet-stream"
	}
	size := 0
	for name, values := range h {
		if meta, is := strings.CutPrefix(name, metaPrefix); is {
			meta = strings.ToLower(meta)
			a.Metadata[meta] = strings.Join(values, ",")
			size += len(meta) + len(a.Metadata[meta])
		}
	}
	if size > maxMetadata {
		return a, failure(http.StatusBadRequest, "MetadataTooLarge",
			"Your metadata headers exceed the maximum allowed metadata size", "Size", itoa(size), "MaxSizeAllowed", itoa(maxMetadata))
	}
	class := h.Get("X-Amz-Storage-Class")
	switch {
	case class == "" || class == "STANDARD":
	case validTransitionClass(class) || class == "REDUCED_REDUNDANCY":
		a.StorageClass = class
	default:
		return a, failure(http.StatusBadRequest, "InvalidStorageClass", "The storage class you specified is not valid",
			"StorageClassRequested", class)
	}
	var err error
	if a.Tags, err = headerTags(h); err != nil {
		return a, err
	}
	a.Encryption, err = readEncryption(b, h)
	return a, err
}

// withoutChunked drops aws-chunked, which is how the body travelled and no property
// of the object.
func withoutChunked(values []string) string {
	var kept []string
	for _, coding := range strings.Split(strings.Join(values, ","), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && coding != "aws-chunked" {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ",")
}

// checkUnsupported refuses headers whose meaning would be lost.
func checkUnsupported(b bucket, h http.Header) error {
	if h.Get(encryptionName+"-Customer-Algorithm") != "" {
		if slices.Contains(b.Encryption.Rules[0].Blocked.types(), sseC) {
			return accessDenied("Access Denied because server-side encryption with customer-provided keys is blocked for this bucket.")
		}
		return api.NotImplemented("s3", "a write with server-side encryption by a customer-provided key")
	}
	for _, name := range []string{"X-Amz-Object-Lock-Mode", "X-Amz-Object-Lock-Retain-Until-Date", "X-Amz-Object-Lock-Legal-Hold"} {
		switch {
		case h.Get(name) == "":
		case b.ObjectLock == nil:
			return invalidRequest("Bucket is missing Object Lock Configuration")
		default:
			return api.NotImplemented("s3", "a write with "+strings.ToLower(name))
		}
	}
	if h.Get("X-Amz-Write-Offset-Bytes") != "" {
		return api.NotImplemented("s3", "an append to an object")
	}
	return nil
}

func (b *blockedEncryption) types() []string {
	if b == nil {
		return nil
	}
	return b.EncryptionType
}

// readEncryption is how the object is encrypted: as its writer says, else as the
// bucket does it.
func readEncryption(b bucket, h http.Header) (objectEncryption, error) {
	wanted, key := h.Get(encryptionName), h.Get(kmsKeyName)
	if wanted == "" {
		if key != "" {
			return objectEncryption{}, invalidArgument("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
				strings.ToLower(encryptionName), "null")
		}
		rule := b.Encryption.Rules[0]
		return objectEncryption{rule.Default.SSEAlgorithm, rule.Default.KMSMasterKeyID, rule.BucketKeyEnabled}, nil
	}
	if !slices.Contains([]string{aes256, kms, kmsDSSE}, wanted) {
		return objectEncryption{}, invalidArgument("The encryption method specified is not supported",
			strings.ToLower(encryptionName), wanted)
	}
	if wanted == aes256 && key != "" {
		return objectEncryption{}, invalidArgument("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
			strings.ToLower(encryptionName), wanted)
	}
	byBucketKey, err := strconv.ParseBool(h.Get(bucketKeyName))
	return objectEncryption{wanted, key, err == nil && byBucketKey}, nil
}

func (e objectEncryption) setHeaders(h http.Header) {
	h.Set(encryptionName, e.Algorithm)
	if e.KMSKeyID != "" {
		h.Set(kmsKeyName, e.KMSKeyID)
	}
	if e.BucketKey {
		h.Set(bucketKeyName, "true")
	}
}
