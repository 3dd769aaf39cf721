"""The claims of scripts on models that are fitted and compared: regression, classification, clustering, ensembles."""
