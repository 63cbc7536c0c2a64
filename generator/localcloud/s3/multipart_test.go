package s3_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const partSize = 5 << 20

func TestMultipart(t *testing.T) {
	first, last := bytes.Repeat([]byte("a"), partSize), []byte("the end")
	for _, test := range []struct {
		algorithm types.ChecksumAlgorithm
		kind      types.ChecksumType
	}{
		{"", ""}, {"CRC32", "COMPOSITE"}, {"CRC32C", "FULL_OBJECT"}, {"CRC64NVME", "FULL_OBJECT"}, {"SHA256", "COMPOSITE"},
	} {
		t.Run(fmt.Sprint(test.algorithm, " ", test.kind), func(t *testing.T) {
			f := plain(t)
			client := f.bucket(t, "parts")
			key := aws.String("big")
			created, err := client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{
				Bucket: aws.String("parts"), Key: key, ContentType: aws.String("text/plain"),
				ChecksumAlgorithm: test.algorithm, ChecksumType: test.kind,
			})
			wantCode(t, err, "")
			var chosen []types.CompletedPart
			for i, body := range [][]byte{[]byte("replaced"), first, last} {
				number := int32(max(i, 1))
				out, err := client.UploadPart(t.Context(), &awss3.UploadPartInput{
					Bucket: aws.String("parts"), Key: key, UploadId: created.UploadId, PartNumber: &number,
					Body: bytes.NewReader(body), ChecksumAlgorithm: test.algorithm,
				})
				wantCode(t, err, "")
				if i > 0 {
					chosen = append(chosen, types.CompletedPart{
						PartNumber: &number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32, ChecksumCRC32C: out.ChecksumCRC32C,
						ChecksumCRC64NVME: out.ChecksumCRC64NVME, ChecksumSHA256: out.ChecksumSHA256,
					})
				}
			}
			if kept, _ := f.files(t); kept != 2 {
				t.Errorf("%d parts kept, want 2", kept)
			}
			done, err := client.CompleteMultipartUpload(t.Context(), &awss3.CompleteMultipartUploadInput{
				Bucket: aws.String("parts"), Key: key, UploadId: created.UploadId,
				MultipartUpload: &types.CompletedMultipartUpload{Parts: chosen}, MpuObjectSize: aws.Int64(partSize + 7),
			})
			wantCode(t, err, "")
			if *done.ETag != `"dc2bc882b07e1e67a48bed8997ce6caf-2"` {
				t.Errorf("ETag is %s", *done.ETag)
			}
			got, err := client.GetObject(t.Context(), &awss3.GetObjectInput{
				Bucket: aws.String("parts"), Key: key, ChecksumMode: "ENABLED",
			})
			wantCode(t, err, "")
			if text := read(t, got.Body); text != string(first)+string(last) || *got.ContentType != "text/plain" {
				t.Errorf("%d bytes of %s came back", len(text), *got.ContentType)
			}
			kind := test.kind
			if kind == "" {
				kind = "FULL_OBJECT"
			}
			if got.ChecksumType != kind {
				t.Errorf("checksum type is %s", got.ChecksumType)
			}
			part, err := client.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("parts"), Key: key, PartNumber: aws.Int32(2)})
			wantCode(t, err, "")
			if text := read(t, part.Body); text != string(last) || *part.PartsCount != 2 {
				t.Errorf("part 2 of %d is %q", *part.PartsCount, text)
			}
			_, err = client.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("parts"), Key: key, PartNumber: aws.Int32(3)})
			wantCode(t, err, "InvalidPartNumber")
			about, err := client.GetObjectAttributes(t.Context(), &awss3.GetObjectAttributesInput{
				Bucket: aws.String("parts"), Key: key, ObjectAttributes: []types.ObjectAttributes{"ObjectParts"}, MaxParts: aws.Int32(1),
			})
			wantCode(t, err, "")
			if p := about.ObjectParts; *p.TotalPartsCount != 2 || len(p.Parts) != 1 || !*p.IsTruncated || *p.Parts[0].Size != partSize {
				t.Errorf("parts are %+v", about.ObjectParts)
			}
			if kept, incoming := f.files(t); kept != 1 || incoming != 0 {
				t.Errorf("%d bodies kept, %d incoming; want 1 and 0", kept, incoming)
			}
		})
	}
}

func TestMultipartErrors(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "parts")
	bucket, key := aws.String("parts"), aws.String("big")
	created, err := client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
	wantCode(t, err, "")
	upload := func(number int32, body string) (*awss3.UploadPartOutput, error) {
		return client.UploadPart(t.Context(), &awss3.UploadPartInput{
			Bucket: bucket, Key: key, UploadId: created.UploadId, PartNumber: &number, Body: strings.NewReader(body),
		})
	}
	one, err := upload(1, "small")
	wantCode(t, err, "")
	two, err := upload(2, "last")
	wantCode(t, err, "")
	_, err = upload(10001, "x")
	wantCode(t, err, "InvalidArgument")
	complete := func(condition string, parts ...types.CompletedPart) error {
		in := &awss3.CompleteMultipartUploadInput{
			Bucket: bucket, Key: key, UploadId: created.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		}
		if condition != "" {
			in.IfNoneMatch = &condition
		}
		_, err := client.CompleteMultipartUpload(t.Context(), in)
		return err
	}
	part := func(number int32, etag *string) types.CompletedPart {
		return types.CompletedPart{PartNumber: &number, ETag: etag}
	}
	wantCode(t, complete("", part(1, one.ETag), part(2, two.ETag)), "EntityTooSmall")
	wantCode(t, complete("", part(2, two.ETag), part(1, one.ETag)), "InvalidPartOrder")
	wantCode(t, complete("", part(1, two.ETag)), "InvalidPart")
	wantCode(t, complete("", part(3, one.ETag)), "InvalidPart")
	wantCode(t, complete(""), "MalformedXML")
	put(t.Context(), t, client, "parts", "big", "there already")
	wantCode(t, complete("*", part(1, one.ETag)), "PreconditionFailed")
	if kept, incoming := f.files(t); kept != 3 || incoming != 0 {
		t.Errorf("%d bodies kept, %d incoming; want 3 and 0", kept, incoming)
	}
	wantCode(t, complete("", part(1, one.ETag)), "")
	wantCode(t, complete("", part(1, one.ETag)), "NoSuchUpload")
	_, err = client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{
		Bucket: bucket, Key: key, ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT",
	})
	wantCode(t, err, "InvalidRequest")
}

func TestAbortAndListsOfUploads(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "open")
	bucket := aws.String("open")
	ids := map[string]*string{}
	for _, key := range []string{"a", "b/1", "b/2", "c"} {
		created, err := client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: bucket, Key: &key})
		wantCode(t, err, "")
		ids[key] = created.UploadId
	}
	var keys []string
	pages := awss3.NewListMultipartUploadsPaginator(client, &awss3.ListMultipartUploadsInput{Bucket: bucket, MaxUploads: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "")
		for _, u := range page.Uploads {
			keys = append(keys, *u.Key)
		}
	}
	if got := strings.Join(keys, " "); got != "a b/1 b/2 c" {
		t.Errorf("uploads are of %s", got)
	}
	folders, err := client.ListMultipartUploads(t.Context(), &awss3.ListMultipartUploadsInput{Bucket: bucket, Delimiter: aws.String("/")})
	wantCode(t, err, "")
	if len(folders.Uploads) != 2 || len(folders.CommonPrefixes) != 1 {
		t.Errorf("folders are %+v", folders)
	}

	put(t.Context(), t, client, "open", "source", "0123456789")
	for number := range int32(3) {
		copied, err := client.UploadPartCopy(t.Context(), &awss3.UploadPartCopyInput{
			Bucket: bucket, Key: aws.String("a"), UploadId: ids["a"], PartNumber: aws.Int32(number + 1),
			CopySource: aws.String("open/source"), CopySourceRange: aws.String(fmt.Sprintf("bytes=%d-4", number)),
		})
		wantCode(t, err, "")
		if copied.CopyPartResult.ETag == nil {
			t.Error("a copied part has no ETag")
		}
	}
	_, err = client.UploadPartCopy(t.Context(), &awss3.UploadPartCopyInput{
		Bucket: bucket, Key: aws.String("a"), UploadId: ids["a"], PartNumber: aws.Int32(1),
		CopySource: aws.String("open/source"), CopySourceRange: aws.String("bytes=0-10"),
	})
	wantCode(t, err, "InvalidArgument")
	var sizes []int64
	parts := awss3.NewListPartsPaginator(client, &awss3.ListPartsInput{
		Bucket: bucket, Key: aws.String("a"), UploadId: ids["a"], MaxParts: aws.Int32(2),
	})
	for parts.HasMorePages() {
		page, err := parts.NextPage(t.Context())
		wantCode(t, err, "")
		for _, p := range page.Parts {
			sizes = append(sizes, *p.Size)
		}
	}
	if got := fmt.Sprint(sizes); got != "[5 4 3]" {
		t.Errorf("parts have sizes %s", got)
	}

	abort := func() error {
		_, err := client.AbortMultipartUpload(t.Context(), &awss3.AbortMultipartUploadInput{
			Bucket: bucket, Key: aws.String("a"), UploadId: ids["a"],
		})
		return err
	}
	wantCode(t, abort(), "")
	wantCode(t, abort(), "NoSuchUpload")
	_, err = client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: bucket, Key: aws.String("source")})
	wantCode(t, err, "")
	_, err = client.UploadPart(t.Context(), &awss3.UploadPartInput{
		Bucket: bucket, Key: aws.String("c"), UploadId: ids["c"], PartNumber: aws.Int32(1), Body: strings.NewReader("x"),
	})
	wantCode(t, err, "")
	// Uploads that nobody completed go with the bucket.
	_, err = client.DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: bucket})
	wantCode(t, err, "")
	if kept, incoming := f.files(t); kept != 0 || incoming != 0 {
		t.Errorf("%d bodies kept, %d incoming", kept, incoming)
	}
}
