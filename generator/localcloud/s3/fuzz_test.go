package s3

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"sendform/generator/localcloud/api"
)

// Whatever arrives in place of a chunked body, the reader ends, gives no more than
// it got, and fails with an answer of S3's.
func FuzzChunkedReader(f *testing.F) {
	for _, seed := range []string{
		"", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=ab\r\n\r\n",
		"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "5\r\nhel", "ffffffffffffffff\r\n", "-1\r\n", "\n\n\n",
		"0\r\n" + strings.Repeat("a:b\r\n", 20), strings.Repeat("0", 5000),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, framed []byte) {
		chunks := newChunkedReader(bytes.NewReader(framed))
		data, err := io.ReadAll(chunks)
		if len(data) > len(framed) {
			t.Errorf("%d bytes out of %d", len(data), len(framed))
		}
		var answer *api.Error
		if err != nil && !errors.As(err, &answer) {
			t.Errorf("error is %v", err)
		}
		if len(chunks.trailer) > maxTrailerLines {
			t.Errorf("%d trailers", len(chunks.trailer))
		}
	})
}

// Whatever arrives in place of a document, decoding ends and fails as S3 does.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		"", "<", "<Delete><Object><Key>k</Key><VersionId>v</VersionId></Object><Quiet>true</Quiet></Delete>",
		"<LifecycleConfiguration><Rule><ID>x</ID><Filter><And><Prefix/><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>" +
			"<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
		"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
		"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
		"<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>",
		"<CreateBucketConfiguration><Tags><Tag><Key>k</Key></Tag></Tags></CreateBucketConfiguration>",
		"<Tagging><a><b><c></c></b></a></Tagging>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		var l lifecycle
		var c cors
		var e encryption
		for root, out := range map[string]any{
			"Delete": &deleteRequest{}, "LifecycleConfiguration": &l, "CORSConfiguration": &c, "Tagging": &tagging{},
			"ServerSideEncryptionConfiguration": &e, "CreateBucketConfiguration": &createRequest{},
			"CompleteMultipartUpload": &completeRequest{}, "BucketLoggingStatus": &logging{},
		} {
			var answer *api.Error
			if err := decodeXML(document, root, out); err != nil && !errors.As(err, &answer) {
				t.Errorf("%s: error is %v", root, err)
			}
		}
		// What could be read is checked without a panic, whatever it says.
		_ = checkLifecycle(&l)
		_ = checkCORS(c)
		_ = checkEncryption(bucket{Encryption: defaultEncryption()}, &e)
	})
}

// A policy that can be read can also be judged.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{}", `{"Statement":null}`, `{"Statement":[{}]}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8",1]}}}}`,
		`{"Statement":[{"Effect":"Deny","Principal":{"AWS":["*"]},"NotAction":["s3:GetObject"],"NotResource":"*"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := checkPolicy(string(text), "b"); err != nil {
			var answer *api.Error
			if !errors.As(err, &answer) {
				t.Errorf("error is %v", err)
			}
			return
		}
		isPublic(string(text))
	})
}
