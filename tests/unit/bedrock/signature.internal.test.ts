import { expect, test } from 'vitest'
import { signRequest } from '../../../src/proxy/aws-signature.ts'

interface Signed {
  name: string
  method: string
  host: string
  path: string
  query: string
  headers: Record<string, string>
  body: string
  temporary: boolean
  region: string
  service: string
  signedHeaders: string
  signature: string
}

/** Computed by `SigV4Auth` of botocore 1.43.11 for the same requests, credentials and time. */
const SIGNED: readonly Signed[] = [
  {
    name: 'a plain path',
    method: 'POST',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: '/model/anthropic.claude-v2/invoke',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    temporary: false,
    region: 'us-east-1',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: 'ff55a65f3d22bc5de7daab59a4910eeeefb72ebdf62317762d2d8c4ccfbab147',
  },
  {
    name: 'an encoded colon',
    method: 'POST',
    host: 'bedrock-runtime.eu-central-1.amazonaws.com',
    path: '/model/eu.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    temporary: true,
    region: 'eu-central-1',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date;x-amz-security-token',
    signature: 'eca906aca8c04673674335d98befe8e1f4ba70e7a3650f63900fc6c2580fe940',
  },
  {
    name: 'a raw colon',
    method: 'POST',
    host: 'bedrock-runtime.us-west-2.amazonaws.com',
    path: '/model/anthropic.claude-v2:1/invoke',
    query: '',
    headers: {},
    body: '',
    temporary: false,
    region: 'us-west-2',
    service: 'bedrock',
    signedHeaders: 'host;x-amz-date',
    signature: '4fcb98c06805682db53388e0b4169ad85d35f4a53ea4150e4704b647508ac656',
  },
  {
    name: 'an encoded ARN',
    method: 'POST',
    host: 'bedrock-runtime.us-gov-west-1.amazonaws.com',
    path: '/model/arn%3Aaws-us-gov%3Abedrock%3Aus-gov-west-1%3A123456789012%3Aprovisioned-model%2Fabc/invoke',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{"prompt":"Grüße, 世界 😀"}',
    temporary: true,
    region: 'us-gov-west-1',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date;x-amz-security-token',
    signature: 'a47aac885fd8c2d3cbd18641de78c6478ba0d2a98ee30f333fc8864a86f6ef41',
  },
  {
    name: 'a region of China',
    method: 'POST',
    host: 'bedrock-runtime.cn-north-1.amazonaws.com.cn',
    path: '/model/amazon.titan-text-lite-v1/invoke',
    query: '',
    headers: { 'content-type': 'application/octet-stream' },
    body: '{"inputText":"Hi"}',
    temporary: false,
    region: 'cn-north-1',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '4476e6b3e349dc782914a30a14d7c3d4d34ead0e99636ae28ba65c3b95c9318c',
  },
  {
    name: 'a FIPS endpoint',
    method: 'POST',
    host: 'bedrock-runtime-fips.us-east-2.amazonaws.com',
    path: '/model/meta.llama3-8b-instruct-v1%3A0/invoke',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{"prompt":"Hi"}',
    temporary: false,
    region: 'us-east-2',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '933827f7a68121b6277c0d6470d4e9d8dea16e3a8990e728d792961745e4731b',
  },
  {
    name: 'a port and a base path',
    method: 'POST',
    host: '127.0.0.1:8081',
    path: '/gateway/anthropic/v1/messages',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    temporary: false,
    region: 'us-east-1',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: 'a389f17b3fc755625814e337726ffefe9c50eba95498319ecef913f2df0d4085',
  },
  {
    name: 'a query',
    method: 'GET',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: '/async-invoke',
    query: '?sortOrder=Descending&maxResults=5&a-b=1&a=2&empty=',
    headers: {},
    body: '',
    temporary: true,
    region: 'us-east-1',
    service: 'bedrock',
    signedHeaders: 'host;x-amz-date;x-amz-security-token',
    signature: '4616342e7e8a739b229ee4b728c48dee2a97a08ace9fa34220943e1d24ce653c',
  },
  {
    name: 'headers of Bedrock',
    method: 'POST',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: '/model/us.anthropic.claude-opus-4-8/invoke',
    query: '',
    headers: {
      'content-type': 'application/json',
      'x-amzn-bedrock-guardrailidentifier': 'gr-1',
      'x-amzn-bedrock-guardrailversion': 'DRAFT',
      'x-amzn-bedrock-accept': 'application/json',
    },
    body: '{}',
    temporary: false,
    region: 'us-east-1',
    service: 'bedrock',
    signedHeaders:
      'content-type;host;x-amz-date;x-amzn-bedrock-accept;x-amzn-bedrock-guardrailidentifier;x-amzn-bedrock-guardrailversion',
    signature: '8e24fcf1a5d9990f59aedbbf5ea33a334034094f5eba5d9c8a34f70dbbe402ca',
  },
  {
    name: 'repeated spaces in a header',
    method: 'POST',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: '/model/m/invoke',
    query: '',
    headers: { 'content-type': '  application/json;   charset=utf-8 ' },
    body: '{}',
    temporary: false,
    region: 'us-east-1',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '68a616b7ddd3e356c2686acf39c6ee25e8468c3ba5ec06c3c39473c1e193fa90',
  },
  {
    name: 'characters that URLs keep',
    method: 'POST',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: "/model/a!'()*~_.-$&+,;=@b/invoke",
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    temporary: false,
    region: 'us-east-1',
    service: 'bedrock',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '4aa1b67db01ed57e6a2fdadfdae9b50713a91845ff1af50721b042251f9fff9c',
  },
  {
    name: 'the service of Mantle',
    method: 'POST',
    host: 'bedrock-mantle.us-east-1.api.aws',
    path: '/anthropic/v1/messages',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    temporary: false,
    region: 'us-east-1',
    service: 'bedrock-mantle',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '558878aa2f93644c6ad4ce761b9f758851ebd3c6f6ea560542bace874142bbe1',
  },
]

test.each(SIGNED)('signs $name as botocore does', async row => {
  const { method, path, query, host, headers, body, temporary, region, service } = row
  const credentials = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    ...(temporary && { sessionToken: 'session/token+of==the/team' }),
  }
  const request = { method, path, query, host, headers, body: new TextEncoder().encode(body) }
  const signed = await signRequest(
    request,
    credentials,
    { region, service },
    new Date('2026-11-29T08:07:06.543Z'),
  )
  expect(signed).toEqual({
    'x-amz-date': '20261129T080706Z',
    ...(temporary && { 'x-amz-security-token': credentials.sessionToken }),
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261129/${region}/${service}/aws4_request, SignedHeaders=${row.signedHeaders}, Signature=${row.signature}`,
  })
})
