"""15. Ensembles: bagging, voting and calibration."""
