package s3_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud/api"
)

func TestObjectComesBackAsItWasPut(t *testing.T) {
	for name, serve := range map[string]func(http.Handler) *httptest.Server{
		"hash in the signature": httptest.NewServer,    // over HTTP
		"checksum in a trailer": httptest.NewTLSServer, // over HTTPS, in chunks
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, serve)
			client := f.bucket(t, "first")
			for _, size := range []int{0, 1, 1 << 16, 3<<20 + 7} {
				key := fmt.Sprintf("folder/ä +%%?&=%d/../x", size)
				body := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
				put, err := client.PutObject(t.Context(), &awss3.PutObjectInput{
					Bucket: aws.String("first"), Key: &key, Body: bytes.NewReader(body),
					ContentType: aws.String("text/plain"), CacheControl: aws.String("max-age=300"),
					ContentEncoding: aws.String("gzip"), ContentDisposition: aws.String("inline"),
					Metadata: map[string]string{"color": "blue"}, Tagging: aws.String("a=1&b=2"),
				})
				wantCode(t, err, "")
				got, err := client.GetObject(t.Context(), &awss3.GetObjectInput{
					Bucket: aws.String("first"), Key: &key, ChecksumMode: types.ChecksumModeEnabled,
				})
				wantCode(t, err, "")
				if text := read(t, got.Body); text != string(body) {
					t.Fatalf("%d bytes came back as %d other ones", size, len(text))
				}
				if diff := cmp.Diff([]string{
					*put.ETag, "text/plain", "max-age=300", "gzip", "inline", "blue", "AES256", start.String(),
				}, []string{
					*got.ETag, *got.ContentType, *got.CacheControl, *got.ContentEncoding, *got.ContentDisposition,
					got.Metadata["color"], string(got.ServerSideEncryption), got.LastModified.String(),
				}); diff != "" {
					t.Error(diff)
				}
				if *got.TagCount != 2 || *got.ContentLength != int64(size) || got.ChecksumCRC32 == nil || got.VersionId != nil {
					t.Errorf("tags %d, length %d, crc32 %v, version %v", *got.TagCount, *got.ContentLength, got.ChecksumCRC32, got.VersionId)
				}
			}
			kept, incoming := f.files(t)
			if kept != 4 || incoming != 0 {
				t.Errorf("%d bodies kept, %d incoming; want 4 and 0", kept, incoming)
			}
		})
	}
}

// Some SDKs take the name of a metadatum from the header as it is spelt, and AWS
// spells it in lower case.
func TestSpellingOfMetadata(t *testing.T) {
	f := plain(t)
	f.bucket(t, "box")
	f.raw(t, account, "PUT", "/box/key", map[string]string{"X-Amz-Meta-Colour": "Blue"}, "")
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/box/key", nil)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+account+"/20261102/"+region+"/s3/aws4_request")
	answer := httptest.NewRecorder()
	f.ServeHTTP(answer, r)
	var names []string
	for name := range answer.Header() {
		if strings.Contains(strings.ToLower(name), "colour") {
			names = append(names, name)
		}
	}
	if diff := cmp.Diff([]string{"x-amz-meta-colour"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestChecksums(t *testing.T) {
	f := newFront(t, httptest.NewTLSServer)
	client := f.bucket(t, "sums")
	for _, algorithm := range types.ChecksumAlgorithm("").Values() {
		switch algorithm {
		case types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
			types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256:
		default:
			continue
		}
		t.Run(string(algorithm), func(t *testing.T) {
			key := string(algorithm)
			_, err := client.PutObject(t.Context(), &awss3.PutObjectInput{
				Bucket: aws.String("sums"), Key: &key, Body: strings.NewReader("hello"), ChecksumAlgorithm: algorithm,
			})
			wantCode(t, err, "")
			got, err := client.GetObject(t.Context(), &awss3.GetObjectInput{
				Bucket: aws.String("sums"), Key: &key, ChecksumMode: types.ChecksumModeEnabled,
			})
			wantCode(t, err, "")
			read(t, got.Body) // the SDK fails here if the checksum does not fit
			if got.ChecksumType != types.ChecksumTypeFullObject {
				t.Errorf("checksum type is %q", got.ChecksumType)
			}
			about, err := client.GetObjectAttributes(t.Context(), &awss3.GetObjectAttributesInput{
				Bucket: aws.String("sums"), Key: &key,
				ObjectAttributes: []types.ObjectAttributes{"Checksum", "ObjectSize", "ETag", "StorageClass", "ObjectParts"},
			})
			wantCode(t, err, "")
			if about.Checksum == nil || *about.ObjectSize != 5 || about.StorageClass != "STANDARD" || *about.ETag != "5d41402abc4b2a76b9719d911017c592" {
				t.Errorf("attributes are %+v", about)
			}
		})
	}
}

func TestBadBodiesAreRefusedAndLeaveNothing(t *testing.T) {
	f := plain(t)
	f.bucket(t, "strict")
	const body = "hello" // MD5 XUFAKrxLKna5cZ2REBfFkg==, CRC32 NhCmhg==
	chunked := func(trailer string) string { return "5\r\nhello\r\n0\r\n" + trailer + "\r\n" }
	streaming := map[string]string{
		"X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Decoded-Content-Length": "5",
		"X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked",
	}
	with := func(base map[string]string, name, value string) map[string]string {
		header := map[string]string{name: value}
		for n, v := range base {
			if n != name {
				header[n] = v
			}
		}
		return header
	}
	for _, test := range []struct {
		name   string
		header map[string]string
		body   string
		code   string
	}{
		{"plain", nil, body, ""},
		{"right MD5", map[string]string{"Content-Md5": "XUFAKrxLKna5cZ2REBfFkg=="}, body, ""},
		{"wrong MD5", map[string]string{"Content-Md5": "XUFAKrxLKna5cZ2REBfFkA=="}, body, "BadDigest"},
		{"MD5 that is none", map[string]string{"Content-Md5": "x"}, body, "InvalidDigest"},
		{"right CRC32", map[string]string{"X-Amz-Checksum-Crc32": "NhCmhg=="}, body, ""},
		{"wrong CRC32", map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA=="}, body, "BadDigest"},
		{"CRC32 that is none", map[string]string{"X-Amz-Checksum-Crc32": "AA"}, body, "InvalidRequest"},
		{"unknown algorithm", map[string]string{"X-Amz-Checksum-Xxhash64": "AA=="}, body, "NotImplemented"},
		{"two checksums", map[string]string{"X-Amz-Checksum-Crc32": "NhCmhg==", "X-Amz-Checksum-Sha1": "AA=="}, body, "InvalidRequest"},
		{"algorithm without checksum", map[string]string{"X-Amz-Sdk-Checksum-Algorithm": "CRC32"}, body, "InvalidRequest"},
		{"right hash", map[string]string{"X-Amz-Content-Sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}, body, ""},
		{"wrong hash", map[string]string{"X-Amz-Content-Sha256": strings.Repeat("0", 64)}, body, "XAmzContentSHA256Mismatch"},
		{"hash that is none", map[string]string{"X-Amz-Content-Sha256": "zero"}, body, "InvalidArgument"},
		{"chunks", streaming, chunked("x-amz-checksum-crc32:NhCmhg==\r\n"), ""},
		{"chunks, wrong trailer", streaming, chunked("x-amz-checksum-crc32:AAAAAA==\r\n"), "BadDigest"},
		{"chunks, no trailer", streaming, chunked(""), "MalformedTrailerError"},
		{"chunks, trailer that is none", streaming, chunked("nonsense\r\n"), "MalformedTrailerError"},
		{"chunks, no length", with(streaming, "X-Amz-Decoded-Content-Length", ""), chunked(""), "MissingContentLength"},
		{"chunks, too short", with(streaming, "X-Amz-Decoded-Content-Length", "6"), chunked("x-amz-checksum-crc32:NhCmhg==\r\n"), "IncompleteBody"},
		{"chunks, too long", with(streaming, "X-Amz-Decoded-Content-Length", "4"), chunked("x-amz-checksum-crc32:NhCmhg==\r\n"), "IncompleteBody"},
		{"chunks, cut", streaming, "5\r\nhel", "IncompleteBody"},
		{"chunks, bad size", streaming, "five\r\nhello\r\n", "InvalidRequest"},
		{"chunks, bad end", streaming, "5\r\nhello, you\r\n", "InvalidRequest"},
		{
			"signed chunks",
			map[string]string{"X-Amz-Content-Sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "X-Amz-Decoded-Content-Length": "5"},
			"3;chunk-signature=0f\r\nhel\r\n2;chunk-signature=0f\r\nlo\r\n0;chunk-signature=0f\r\n\r\n", "",
		},
		{
			"signed chunks and trailer",
			with(streaming, "X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
			"5;chunk-signature=0f\r\nhello\r\n0;chunk-signature=0f\r\nx-amz-checksum-crc32:NhCmhg==\n\r\nx-amz-trailer-signature:0f\r\n\r\n", "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, _ := f.files(t)
			response, answer := f.raw(t, account, "PUT", "/strict/key", test.header, test.body)
			if test.code != "" {
				if !strings.Contains(answer, "<Code>"+test.code+"</Code>") {
					t.Fatalf("answer is %s %s, want %s", response.Status, answer, test.code)
				}
				if kept, incoming := f.files(t); kept != before || incoming != 0 {
					t.Errorf("%d bodies more kept, %d incoming", kept-before, incoming)
				}
				return
			}
			if response.StatusCode != http.StatusOK {
				t.Fatalf("answer is %s %s", response.Status, answer)
			}
			got, text := f.raw(t, account, "GET", "/strict/key", nil, "")
			if text != body || got.Header.Get("Content-Encoding") != "" {
				t.Errorf("object is %q, encoding %q", text, got.Header.Get("Content-Encoding"))
			}
		})
	}
}

func TestInterruptedUploadLeavesNothing(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "cut")
	r := httptest.NewRequestWithContext(t.Context(), "PUT", "/cut/key",
		io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.ContentLength = 100
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+account+"/20261102/"+region+"/s3/aws4_request")
	answer := httptest.NewRecorder()
	f.ServeHTTP(answer, r)
	if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "<Code>IncompleteBody</Code>") {
		t.Errorf("answer is %d %s", answer.Code, answer.Body)
	}
	if kept, incoming := f.files(t); kept != 0 || incoming != 0 {
		t.Errorf("%d bodies kept, %d incoming", kept, incoming)
	}
	_, err := client.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String("cut"), Key: aws.String("key")})
	wantCode(t, err, "NotFound")
}

func TestOfConcurrentConditionalPutsOneWins(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "locks")
	// No two rounds write the same: by the entity tag, what is written again is what was
	// there, and a second writer would rightly win.
	race := func(round string, edit func(*awss3.PutObjectInput)) (won int) {
		const writers = 16
		codes := make([]error, writers)
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				in := &awss3.PutObjectInput{
					Bucket: aws.String("locks"), Key: aws.String("state.tflock"), Body: strings.NewReader(fmt.Sprint(round, " round, writer ", i)),
				}
				edit(in)
				_, codes[i] = client.PutObject(t.Context(), in)
			})
		}
		all.Wait()
		for _, err := range codes {
			if err == nil {
				won++
				continue
			}
			wantCode(t, err, "PreconditionFailed")
			var answer *awshttp.ResponseError
			if !errors.As(err, &answer) || answer.HTTPStatusCode() != http.StatusPreconditionFailed {
				t.Errorf("status of %v is not 412", err)
			}
		}
		return won
	}
	if won := race("first", func(in *awss3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }); won != 1 {
		t.Errorf("%d writers won with If-None-Match, want 1", won)
	}
	head, err := client.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String("locks"), Key: aws.String("state.tflock")})
	wantCode(t, err, "")
	if won := race("second", func(in *awss3.PutObjectInput) { in.IfMatch = head.ETag }); won != 1 {
		t.Errorf("%d writers won with If-Match, want 1", won)
	}
	if kept, incoming := f.files(t); kept != 1 || incoming != 0 {
		t.Errorf("%d bodies kept, %d incoming; want 1 and 0", kept, incoming)
	}
	_, err = client.PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: aws.String("locks"), Key: aws.String("missing"), Body: strings.NewReader(""), IfMatch: head.ETag,
	})
	wantCode(t, err, "NoSuchKey")
	_, err = client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{
		Bucket: aws.String("locks"), Key: aws.String("state.tflock"), IfMatch: aws.String(`"0"`),
	})
	wantCode(t, err, "PreconditionFailed")
}

func TestReadsInPartAndOnCondition(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "ranges")
	etag := *put(t.Context(), t, client, "ranges", "key", "0123456789").ETag
	put(t.Context(), t, client, "ranges", "empty", "")
	before, after := "Mon, 02 Nov 2026 10:20:29 GMT", "Mon, 02 Nov 2026 10:20:30 GMT"
	for _, test := range []struct {
		name, key, header, value string
		status                   int
		body, contentRange       string
	}{
		{"whole", "key", "", "", 200, "0123456789", ""},
		{"first bytes", "key", "Range", "bytes=0-3", 206, "0123", "bytes 0-3/10"},
		{"middle", "key", "Range", "bytes=4-4", 206, "4", "bytes 4-4/10"},
		{"to the end", "key", "Range", "bytes=7-", 206, "789", "bytes 7-9/10"},
		{"beyond the end", "key", "Range", "bytes=8-99", 206, "89", "bytes 8-9/10"},
		{"last bytes", "key", "Range", "bytes=-2", 206, "89", "bytes 8-9/10"},
		{"more than all", "key", "Range", "bytes=-20", 206, "0123456789", "bytes 0-9/10"},
		{"none", "key", "Range", "bytes=-0", 416, "InvalidRange", ""},
		{"outside", "key", "Range", "bytes=10-", 416, "InvalidRange", ""},
		{"of nothing", "empty", "Range", "bytes=0-", 416, "InvalidRange", ""},
		{"backwards", "key", "Range", "bytes=5-2", 200, "0123456789", ""},
		{"other unit", "key", "Range", "lines=1-2", 200, "0123456789", ""},
		{"two ranges", "key", "Range", "bytes=0-1,3-4", 200, "0123456789", ""},
		{"matches", "key", "If-Match", etag, 200, "0123456789", ""},
		{"matches not", "key", "If-Match", `"x"`, 412, "PreconditionFailed", ""},
		{"none matches", "key", "If-None-Match", `"x"`, 200, "0123456789", ""},
		{"one matches", "key", "If-None-Match", `"x", ` + etag, 304, "", ""},
		{"modified", "key", "If-Modified-Since", before, 200, "0123456789", ""},
		{"not modified", "key", "If-Modified-Since", after, 304, "", ""},
		{"unmodified", "key", "If-Unmodified-Since", after, 200, "0123456789", ""},
		{"not unmodified", "key", "If-Unmodified-Since", before, 412, "PreconditionFailed", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := map[string]string{"X-Amz-Checksum-Mode": "ENABLED"}
			if test.header != "" {
				header[test.header] = test.value
			}
			got, body := f.raw(t, account, "GET", "/ranges/"+test.key, header, "")
			if got.StatusCode != test.status || got.Header.Get("Content-Range") != test.contentRange {
				t.Errorf("status %s, range %q", got.Status, got.Header.Get("Content-Range"))
			}
			if test.status < 300 && body != test.body || !strings.Contains(body, test.body) {
				t.Errorf("body is %q, want %q", body, test.body)
			}
			if sum := got.Header.Get("X-Amz-Checksum-Crc32"); (sum != "") != (test.status == 200) {
				t.Errorf("checksum is %q with status %s", sum, got.Status)
			}
			head, none := f.raw(t, account, "HEAD", "/ranges/"+test.key, header, "")
			if head.StatusCode != test.status || none != "" {
				t.Errorf("HEAD answers %s with body %q", head.Status, none)
			}
		})
	}
	t.Run("overrides", func(t *testing.T) {
		const target = "/ranges/key?response-content-type=text%2Fcsv&response-cache-control=no-store"
		got, _ := f.raw(t, account, "GET", target, nil, "")
		if got.Header.Get("Content-Type") != "text/csv" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("header is %v", got.Header)
		}
		if refused, _ := f.raw(t, "", "GET", target, nil, ""); refused.StatusCode != http.StatusBadRequest {
			t.Errorf("anonymous override answers %s", refused.Status)
		}
	})
}

// Writing tags must leave the object's body alone, and on a version leave the others.
func TestObjectTags(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "tags")
	put(t.Context(), t, client, "tags", "key", "body")
	_, err := client.PutObjectTagging(t.Context(), &awss3.PutObjectTaggingInput{
		Bucket: aws.String("tags"), Key: aws.String("key"),
		Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}},
	})
	wantCode(t, err, "")
	got, err := client.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("tags"), Key: aws.String("key")})
	wantCode(t, err, "")
	if text := read(t, got.Body); text != "body" || *got.TagCount != 1 {
		t.Errorf("object is %q with %d tags", text, *got.TagCount)
	}
	list, err := client.GetObjectTagging(t.Context(), &awss3.GetObjectTaggingInput{Bucket: aws.String("tags"), Key: aws.String("key")})
	wantCode(t, err, "")
	if len(list.TagSet) != 1 || *list.TagSet[0].Key != "k" || *list.TagSet[0].Value != "v" {
		t.Errorf("tags are %+v", list.TagSet)
	}
	_, err = client.DeleteObjectTagging(t.Context(), &awss3.DeleteObjectTaggingInput{Bucket: aws.String("tags"), Key: aws.String("key")})
	wantCode(t, err, "")
	_, err = client.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String("tags"), Key: aws.String("key")})
	wantCode(t, err, "")
	var eleven []types.Tag
	for i := range 11 {
		eleven = append(eleven, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	for code, tags := range map[string][]types.Tag{
		"BadRequest": eleven,
		"InvalidTag": {{Key: aws.String("aws:x"), Value: aws.String("")}},
	} {
		_, err = client.PutObjectTagging(t.Context(), &awss3.PutObjectTaggingInput{
			Bucket: aws.String("tags"), Key: aws.String("key"), Tagging: &types.Tagging{TagSet: tags},
		})
		wantCode(t, err, code)
	}
}

func TestObjectForAnotherService(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "code")
	put(t.Context(), t, client, "code", "key", "zip")
	body, err := f.service.Object(t.Context(), "code", "key", "")
	if err != nil {
		t.Fatal(err)
	}
	// It stays readable after the object is gone.
	_, err = client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("code"), Key: aws.String("key")})
	wantCode(t, err, "")
	if text := read(t, body); text != "zip" {
		t.Errorf("body is %q", text)
	}
	for _, test := range []struct{ bucket, key, version, code string }{
		{"none", "key", "", "NoSuchBucket"}, {"code", "key", "", "NoSuchKey"}, {"code", "key", "x", "NoSuchVersion"},
	} {
		var answer *api.Error
		if _, err := f.service.Object(t.Context(), test.bucket, test.key, test.version); !errors.As(err, &answer) || answer.Code != test.code {
			t.Errorf("error is %v, want %s", err, test.code)
		}
	}
}
