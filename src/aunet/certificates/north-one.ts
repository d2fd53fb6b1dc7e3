/** Emulation only: certificate and PUBLIC private key of `mail.north-one.example`. Nothing real may ever rely on it. See README.md. */
import type { HostCertificate } from './host-certificate.ts';

export const northOneCertificate: HostCertificate = {
  certificatePem: `-----BEGIN CERTIFICATE-----
MIIB4jCCAYigAwIBAgIBAjAKBggqhkjOPQQDAjA2MTQwMgYDVQQDDCtrYWRlYzIx
IGVtdWxhdGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMCAXDTAwMDEwMTAw
MDAwMFoYDzIwOTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZtYWlsLm5vcnRoLW9u
ZS5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENHrp8RL74AjvgyF3
wFbekeTMsGoqQgTjXtDWI8HxDuH1QK+AWA7SsJLrrr5MBjtd9A8/17smrY+3mLc3
/+8mPqOBmTCBljAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUE
DDAKBggrBgEFBQcDATAdBgNVHQ4EFgQU/71oVlm/e9ScjkGuCu7DLifqBw8wHwYD
VR0jBBgwFoAUt4ehJUqjBRf2ZvK3nCceQDipQYYwIQYDVR0RBBowGIIWbWFpbC5u
b3J0aC1vbmUuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiEAvwSeBpVok7aDpxlB
9TehCd8OGGY9MtsjGI0hZYezS3sCIHlDFMa/D2TOTy7yv3vMPfFV+w/lQqG6rdos
fdPR+U/G
-----END CERTIFICATE-----
`,
  privateKeyPem: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxSO074f7j67VkATl
0eX68obiCEarC5OVpI81caGO3HmhRANCAAQ0eunxEvvgCO+DIXfAVt6R5MywaipC
BONe0NYjwfEO4fVAr4BYDtKwkuuuvkwGO130Dz/Xuyatj7eYtzf/7yY+
-----END PRIVATE KEY-----
`,
};
