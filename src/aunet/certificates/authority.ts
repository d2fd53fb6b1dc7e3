/**
 * The authority that the emulated mail servers' certificates come from. It exists for the emulation only: its private
 * key was thrown away, and it is confined to names under the reserved domain `example`. How it was made: README.md.
 */
export const emulatedAuthorityPem = `-----BEGIN CERTIFICATE-----
MIIB8DCCAZegAwIBAgIBATAKBggqhkjOPQQDAjA2MTQwMgYDVQQDDCtrYWRlYzIx
IGVtdWxhdGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMCAXDTAwMDEwMTAw
MDAwMFoYDzIwOTkxMjMxMjM1OTU5WjA2MTQwMgYDVQQDDCtrYWRlYzIxIGVtdWxh
dGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMFkwEwYHKoZIzj0CAQYIKoZI
zj0DAQcDQgAEft/feVawwusjlQkV3W+Q3LcNBYh86GJvAchjsEFrwPFEpVXdqep5
dA1K00B64qQvbqXq2x8M1l40tZsL9/Ids6OBkzCBkDASBgNVHRMBAf8ECDAGAQH/
AgEAMA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUt4ehJUqjBRf2ZvK3nCceQDip
QYYwSwYDVR0eAQH/BEEwP6ALMAmCB2V4YW1wbGWhMDAKhwgAAAAAAAAAADAihyAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAKBggqhkjOPQQDAgNHADBE
AiBOqYLPjNS/+AG5+ON93G4hFP5uzK+WqlENgBkgj4Rn+gIgRkQYYdDUqVG6O5vf
4Ey4rYebPEJUPdrSUxw50kmaXRs=
-----END CERTIFICATE-----
`;
