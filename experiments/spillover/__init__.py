"""waterbed spillover: over draws from the priors, does strengthening a port displace, or spread its benefit?"""
