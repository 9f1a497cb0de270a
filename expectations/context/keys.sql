select source_key as key from facts_{entity}
