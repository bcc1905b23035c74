"""Instance sets: every instance as its generator's arguments and the digest of its bytes."""
